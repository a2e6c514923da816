"""A fact: one accepted pathway step, in the form in which the law reads it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import force_setattr

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")

STEP_RANK: Final[Mapping[str, int]] = {
    step: rank
    for rank, step in enumerate(
        (
            "referral-received",
            "workup-started",
            "workup-completed",
            "conference-decided",
            "consent-given",
            "date-offered",
            "offer-answered",
            "date-cancelled",
            "treatment-started",
            "aftertreatment-started",
            "patient-informed",
            "surgery-moved",
            "wait-paused",
            "wait-resumed",
            "diagnosis-set",
            "right-excluded",
            "escalated",
            "unit-transferred",
            "pathway-ended",
            "fact-retracted",
        )
    )
}
"""Order among facts of the same two times, as in the contract's table of steps."""

REFERRAL_TAKEN_OVER: Final = "referral-taken-over"
"""Received from another unit (markers AFV01A1C and AFV01E1C): a transfer if a clock is open, else a referral."""

UNKNOWN_MARKER: Final = "unknown-marker"
"""A register code without a meaning for any legal clock. Kept and counted."""


class Ref(NamedTuple):
    """Identity of an event: the CloudEvents pair of source and id."""

    source: str
    id: str


def local_date(moment: datetime) -> date:
    """Return the calendar date of an aware moment in Europe/Copenhagen, the date the law counts from."""
    return moment.astimezone(COPENHAGEN).date()


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One accepted event of a patient.

    `time` (recorded) and `occurred_at` (happened in the clinic) are aware UTC moments. `fields` holds the
    step's own fields, normalised: dates are `date`, flags are `bool`, values the field's vocabulary does not
    know are left out (they are counted where the event is parsed).
    """

    ref: Ref
    step: str
    patient: str
    pathway: str
    time: datetime
    occurred_at: datetime
    unit: str | None = None
    fields: Mapping[str, Any] = {}
    supersedes: Ref | None = None
    retracts: Ref | None = None
    code: str | None = None
    order_key: bytes = b""
    on: date = date.min
    """The local date on which it happened. Kept, because the fold asks for it all the time."""
    sort_key: tuple[Any, ...] = ()
    """Order of the fold: happened, recorded, step rank, source and id."""

    def __post_init__(self) -> None:
        rank = STEP_RANK.get("referral-received" if self.step == REFERRAL_TAKEN_OVER else self.step, 99)
        force_setattr(self, "on", local_date(self.occurred_at))
        force_setattr(self, "sort_key", (self.occurred_at, self.time, rank, self.ref))
