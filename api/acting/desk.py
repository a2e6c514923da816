"""Where staff ask for something: checked in shape and kept apart by its key, then sent to the worker, which decides."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from api.acting.bodies import Body
from api.acting.sent import SentCommands
from api.deps import Deps, Writing
from api.problems import ProblemError, not_found
from api.projection.alerts import Alert
from api.reading.reader import Reader


class Desk:
    """Takes commands about alerts."""

    def __init__(self, deps: Deps, reader: Reader, sent: SentCommands) -> None:
        self._deps = deps
        self._reader = reader
        self._sent = sent

    @property
    def keeps_notes(self) -> bool:
        """Whether free text can be kept."""
        return self._deps.keep_note is not None

    async def take(self, alert_id: str, body: Body, key: str | None = None) -> str:
        """Take a command under a key and return its id; the same again is sent again, unless it is answered.

        The worker knows a command by its id, so that one sent twice is decided once. Raises ProblemError for an
        unknown alert, a key used otherwise, and text where none can be kept; TransportError if it cannot be sent.
        """
        command_id = key or uuid4().hex
        alert = await self._reader.alert(alert_id)
        if alert is None:
            raise not_found("alert", "It was never there, or it has not reached this page yet. Try again shortly.")
        text = self._text(body)
        content = f"{body.kind} {alert_id} {body.model_dump_json()}"
        mark, is_new = await self._sent.claim(command_id, content, self._reader.now())
        if is_new or await self._sent.answer(command_id) is None:
            try:
                await self._send(alert, body, text, command_id, mark.at)
            except Exception:
                if is_new:
                    await self._sent.forget(command_id)
                raise
        return command_id

    def _text(self, body: Body) -> str | None:
        text = getattr(body, "text", None) or None
        if text is not None and not self.keeps_notes:
            raise ProblemError(503, "no_notes", "Notes cannot be kept here", "Send it without text: the reason counts.")
        return text

    async def _send(self, alert: Alert, body: Body, text: str | None, command_id: str, at: datetime) -> None:
        fields: dict[str, Any] = body.model_dump(exclude={"text"})
        fields |= {"command_id": command_id, "at": at, "patient": alert.patient, "alert_id": alert.alert_id}
        keep = self._deps.keep_note
        if text is not None and keep is not None:
            # First the note: one without a command harms nobody, a command without its note says what nobody can read.
            fields["text_id"] = await keep(Writing(command_id, alert.patient, body.actor, at, text))
        await self._deps.command(body.makes(**fields))
