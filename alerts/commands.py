"""What staff can ask of an alert, as it lies in ``fristvagt.actions``. Values only.

A command is asked for under an id; the worker decides and answers in the ledger. Reasons come from lists. Free text
never travels here: it lies erasable elsewhere, and `text_id` is its hash. Moments are RFC 3339.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, get_args

import msgspec

from alerts.tiers import Tier

SnoozeReason = Literal[
    "waiting_for_patient", "waiting_for_other_unit", "waiting_for_result", "date_being_found", "other"
]
NoteReason = Literal["patient_contacted", "unit_contacted", "capacity_asked", "date_being_found", "other"]
ErrorReason = Literal[
    "start_not_registered",
    "date_not_registered",
    "wrong_date",
    "wrong_unit",
    "wrong_patient",
    "registered_twice",
    "other",
]
Rung = Literal["hospital", "region", "other_region", "private", "abroad", "national"]
"""The rungs of the duty to act (handlepligt), from the own hospital to the national authority."""
Answer = Literal["accepted", "declined", "postponed", "not_asked"]
"""What the patient said to what the rung led to."""

RUNGS: Final[tuple[Rung, ...]] = get_args(Rung)


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every command has. `actor` is who acts; `seen_tier` the tier that the actor saw, None if not told."""

    command_id: str
    actor: str
    at: datetime
    patient: str
    alert_id: str
    seen_tier: Tier | None = None


class Acknowledge(_Command, frozen=True, tag="acknowledge"):
    """The actor takes care of it."""


class Snooze(_Command, frozen=True, kw_only=True, tag="snooze"):
    """The actor takes care of it and need not be reminded until a moment (aware)."""

    until: datetime
    reason: SnoozeReason


class Note(_Command, frozen=True, kw_only=True, tag="note"):
    """Something was done or is known; `text_id` is the hash of a text."""

    reason: NoteReason
    text_id: str | None = None


class TakeRung(_Command, frozen=True, kw_only=True, tag="rung"):
    """A rung of the duty to act was taken. `concrete`: a date and a place were named, in writing."""

    to: Rung
    concrete: bool = False
    answer: Answer = "not_asked"


class RegistrationError(_Command, frozen=True, kw_only=True, tag="registration-error"):
    """What is registered is not what happened: somebody has to put it right in the hospital's own system."""

    reason: ErrorReason
    text_id: str | None = None


class HandOver(_Command, frozen=True, kw_only=True, tag="hand-over"):
    """Somebody else is to take care of it."""

    to: str


class Watch(_Command, frozen=True, tag="watch"):
    """The actor wants to be told of everything that happens to the alert."""


class Unwatch(_Command, frozen=True, tag="unwatch"):
    """The actor no longer wants that."""


Command = Acknowledge | Snooze | Note | TakeRung | RegistrationError | HandOver | Watch | Unwatch

KINDS: Final = frozenset(each.__struct_config__.tag for each in get_args(Command))
"""The kinds of message in ``fristvagt.actions`` that are commands of staff."""


class CommandError(ValueError):
    """A command is not as it should be; the message names the field, never its value."""


def parse_command(message: Mapping[str, Any]) -> Command:
    """Read a command. Raises CommandError."""
    try:
        command: Command = msgspec.convert(message, Command)
    except msgspec.ValidationError as error:
        raise CommandError(str(error)) from error
    moments = (command.at, command.until) if isinstance(command, Snooze) else (command.at,)
    if any(moment.tzinfo is None for moment in moments):
        raise CommandError("a moment has no offset; write +01:00, +02:00 or Z at its end")
    return command


def asked_at(message: Mapping[str, Any]) -> datetime | None:
    """Return when a command was asked for (aware), or None if it cannot be read."""
    try:
        return parse_command(message).at
    except CommandError:
        return None
