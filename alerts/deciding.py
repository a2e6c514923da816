"""A command of staff and the alert as it is: accepted or refused, with a reason that says what to do. Pure.

A refused command changes nothing but is in the ledger as well: who asked is answered, and everybody can see it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, get_args

import msgspec
from msgspec.structs import replace

from alerts.acts import HANDED_OVER, UNWATCHED, WATCHED, follow
from alerts.commands import (
    Acknowledge,
    Command,
    CommandError,
    HandOver,
    Note,
    RegistrationError,
    Snooze,
    TakeRung,
    Unwatch,
    Watch,
    parse_command,
)
from alerts.ledger import Kind, LedgerRecord, moment_text
from alerts.lifecycle import AlertState, Moment, record_of
from alerts.tiers import rank

Refusal = Literal[
    "no_such_alert",
    "unreadable_command",
    "alert_ended",
    "no_tier",
    "tier_moved",
    "acknowledged_by_another",
    "not_ahead",
    "past_next_tier",
    "past_one_working_day",
]
"""Why a command is refused."""

REFUSALS: Final[tuple[Refusal, ...]] = get_args(Refusal)

NEEDS_TIER: Final = (Acknowledge, Snooze)
NEEDS_OPEN: Final = (Acknowledge, Snooze, TakeRung, HandOver)


class Rest(msgspec.Struct, frozen=True, gc=False):
    """Until when an alert may rest at most (aware), and what lies there."""

    until: datetime
    bound: Literal["past_next_tier", "past_one_working_day"]


class _Refused(Exception):  # noqa: N818 - an answer, not an error
    def __init__(self, reason: Refusal, **detail: Any) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason
        self.detail = detail


def answer(
    alerts: Mapping[str, AlertState],
    message: Mapping[str, Any],
    moment: Moment,
    rest_of: Callable[[AlertState], Rest | None],
) -> tuple[dict[str, AlertState], tuple[LedgerRecord, ...]]:
    """Return a patient's alerts (by clock) after a command, and the one record that answers it.

    There is no record if it was answered before. `moment` has the command as its cause. `rest_of` gives the longest
    snooze of an alert, None without a tier.
    """
    try:
        command = parse_command(message)
    except CommandError:
        return dict(alerts), (_unknown(message, "unreadable_command", moment),)
    state = next((each for each in alerts.values() if each.alert_id == command.alert_id), None)
    if state is None:
        return dict(alerts), (_unknown(message, "no_such_alert", moment),)
    if command.command_id in state.acts.commands:
        return dict(alerts), ()
    record = _decide(state, command, moment, rest_of)
    return {**alerts, state.clock_id: replace(state, acts=follow(state.acts, record))}, (record,)


def _decide(
    state: AlertState, command: Command, moment: Moment, rest_of: Callable[[AlertState], Rest | None]
) -> LedgerRecord:
    try:
        _check(state, command)
        rest = rest_of(state) if isinstance(command, Snooze) else None
        kind, reason, detail = _accepted(command, moment.at, rest)
    except _Refused as refused:
        kind, reason, detail = "refused", refused.reason, refused.detail | {"command": _kind_of(command)}
    return record_of(state, state, kind, replace(moment, actor=command.actor), reason=reason, detail=detail)


def _unknown(command: Mapping[str, Any], reason: Refusal, moment: Moment) -> LedgerRecord:
    """Return the answer to a command for an alert that the patient does not have, or that cannot be read."""

    def text(name: str) -> str:
        value = command.get(name)
        return value if isinstance(value, str) else ""

    return LedgerRecord(
        alert_id=text("alert_id"),
        clock_id=text("clock_id"),
        patient=text("patient"),
        pathway=text("pathway"),
        right=text("right"),
        line=0,
        unit=None,
        region=None,
        kind="refused",
        from_tier=None,
        to_tier=None,
        reason=reason,
        late=False,
        unverified=False,
        cause=moment.cause,
        actor=text("actor") or None,
        rulebook=moment.rulebook,
        policy=moment.policy,
        detail={"command": text("kind")},
        at=moment.at,
        due=None,
    )


def _check(state: AlertState, command: Command) -> None:
    if isinstance(command, NEEDS_OPEN) and state.status != "open":
        raise _Refused("alert_ended", status=state.status)
    if isinstance(command, NEEDS_TIER) and state.tier is None:
        raise _Refused("no_tier")
    if not isinstance(command, NEEDS_TIER):
        return
    if command.seen_tier is not None and rank(state.tier) > rank(command.seen_tier):
        raise _Refused("tier_moved", seen=command.seen_tier, tier=state.tier)
    if state.acts.owner not in {None, command.actor} and state.acts.covers(state.tier):
        raise _Refused("acknowledged_by_another", owner=state.acts.owner)


_PLAIN: Final[Mapping[type[Command], tuple[Kind, str]]] = {
    Acknowledge: ("acknowledged", "acknowledged"),
    Watch: ("noted", WATCHED),
    Unwatch: ("noted", UNWATCHED),
}


def _accepted(command: Command, now: datetime, rest: Rest | None) -> tuple[Kind, str, dict[str, Any] | None]:
    match command:
        case Snooze():
            return "snoozed", command.reason, {"until": moment_text(_rest(command.until, now, rest))}
        case Note():
            return "noted", command.reason, _text(command.text_id)
        case TakeRung():
            rung = {"to": command.to, "at": moment_text(command.at)}
            return "rung", "duty_to_act", rung | {"concrete": command.concrete, "answer": command.answer}
        case RegistrationError():
            return "noted", "registration_error", {"what": command.reason} | (_text(command.text_id) or {})
        case HandOver():
            return "noted", HANDED_OVER, {"to": command.to}
    return (*_PLAIN[type(command)], None)


def _rest(until: datetime, now: datetime, rest: Rest | None) -> datetime:
    if until <= now:
        raise _Refused("not_ahead")
    if rest is not None and until > rest.until:
        raise _Refused(rest.bound, latest=moment_text(rest.until))
    return until


def _text(text_id: str | None) -> dict[str, Any] | None:
    return None if text_id is None else {"text_id": text_id}


def _kind_of(command: Command) -> str:
    return str(command.__struct_config__.tag)
