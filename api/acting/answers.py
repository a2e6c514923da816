"""What became of a command, in words that say what to do (``answers.toml``)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from api.acting.sent import Mark, SentCommands
from api.models import Ref, Text
from api.projection.answers import Answer
from stream.clock import format_moment

Status = Literal["pending", "accepted", "refused"]
OFFERED: Final = "offered"
ANYTHING: Final = "anything"


class CommandState(BaseModel):
    """What became of a command. `detail` is what the ledger says beside the reason."""

    command_id: str
    status: Status
    text: Annotated[Text, Field(description="what became of it, and what to do")]
    kind: Annotated[str | None, Field(description="the kind of the ledger record; offered: a fact was recorded")] = None
    reason: str | None = None
    detail: dict[str, Any] | None = None
    alert_id: str | None = None
    transition_id: str | None = None
    at: str | None = None
    actor: str | None = None
    event: Annotated[Ref | None, Field(description="the fact that was recorded")] = None


async def state_of(command_id: str, sent: SentCommands) -> CommandState | None:
    """Return what is known of a command; None where nothing is."""
    answer = await sent.answer(command_id)
    if answer is not None:
        return _answered(command_id, answer)
    mark = await sent.mark(command_id)
    return None if mark is None else _marked(command_id, mark)


def sentence(status: Status, kind: str, reason: str) -> Mapping[str, str]:
    """Return the sentence, by language, for a reason or, where it has none of its own, for a kind."""
    table: Mapping[str, Mapping[str, str]] = texts()[status]
    return table.get(reason) or table.get(kind) or table[ANYTHING]


@cache
def texts() -> dict[str, Any]:
    """Return the sentences by status and key."""
    return tomllib.loads(resources.files("api.acting").joinpath("answers.toml").read_text(encoding="utf-8"))


def _answered(command_id: str, answer: Answer) -> CommandState:
    return CommandState(
        command_id=command_id,
        status=answer.status,
        text=Text(**sentence(answer.status, answer.kind, answer.reason)),
        kind=answer.kind,
        reason=answer.reason,
        detail=dict(answer.detail) if answer.detail else None,
        alert_id=answer.alert_id,
        transition_id=answer.transition_id,
        at=answer.at,
        actor=answer.actor,
    )


def _marked(command_id: str, mark: Mark) -> CommandState:
    if mark.event is None:
        return CommandState(command_id=command_id, status="pending", text=Text(**sentence("pending", "pending", "")))
    return CommandState(
        command_id=command_id,
        status="accepted",
        text=Text(**sentence("accepted", OFFERED, "")),
        kind=OFFERED,
        at=format_moment(mark.at),
        event=Ref(source=mark.event.source, id=mark.event.id),
    )
