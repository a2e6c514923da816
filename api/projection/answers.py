"""Answers to commands of staff, as the ledger gives them. The first answer to a command stands."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from alerts.acts import ACTS
from alerts.ledger import Kind, Transition
from api.projection.index import Command
from api.projection.keys import ANSWER_KEPT, Keys


class Answer(msgspec.Struct, frozen=True):
    """What became of a command. `kind` is that of its ledger record, whose moment `at` is (RFC 3339 in UTC)."""

    status: Literal["accepted", "refused"]
    kind: Kind
    reason: str
    detail: Mapping[str, Any] | None
    alert_id: str
    transition_id: str
    at: str
    actor: str | None


def answer_command(keys: Keys, transition: Transition, written_at: float) -> list[Command]:
    """Return the Redis commands that keep a transition as an answer; none if it answers no command.

    It goes some time after it was written (`written_at`, seconds since 1970), however late it is read. The mark of what
    was asked for stays as long, so that a repeat can be told from another command under the same key.
    """
    command_id = transition.cause.get("command") if transition.kind in ACTS else None
    if not isinstance(command_id, str):
        return []
    gone = int(written_at + ANSWER_KEPT.total_seconds())
    return [
        ("SET", keys.command(command_id), msgspec.json.encode(_answer(transition)), "NX", "EXAT", gone),
        ("EXPIREAT", keys.sent(command_id), gone, "GT"),
    ]


def _answer(transition: Transition) -> Answer:
    return Answer(
        status="refused" if transition.kind == "refused" else "accepted",
        kind=transition.kind,
        reason=transition.reason,
        detail=transition.detail,
        alert_id=transition.alert_id,
        transition_id=transition.transition_id,
        at=transition.at,
        actor=transition.actor,
    )
