"""A clock: one right applied to one pathway and one line, as the law computes it for a given day."""

from datetime import date, datetime
from typing import Literal

import msgspec

from stream.law.fact import Ref

LimitName = Literal["consent", "referral", "inform"]
State = Literal["closed", "paused", "unconfirmed", "patient_choice", "overdue", "running"]
Outcome = Literal[
    "interrupted",
    "not_covered",
    "within",
    "over_health",
    "over_patient_wish",
    "over_capacity_offered",
    "not_complied",
]


class Limit(msgspec.Struct, frozen=True, gc=False):
    """A started limit of a clock. Days are calendar days, or working days for information rights."""

    limit: LimitName
    started_on: date
    days: int
    deadline: date
    nominal_deadline: date
    started_by: Ref
    moved_by: tuple[tuple[date, date], ...] = ()
    """The pauses that moved it, as half-open spans of local dates."""
    pausing: bool = False
    """An open pause moves it a day further every day."""


class Offer(msgspec.Struct, frozen=True, gc=False):
    """An offered date and what became of it."""

    ref: Ref
    made_on: date
    offered_date: date
    place: str
    standing: bool
    answer: str | None
    """The last answer: accepted, declined or postponed (a patient's cancellation counts as postponed)."""
    documented: bool
    withdrawn: bool
    """Cancelled by the hospital: it never counted."""
    made_at: datetime | None = None
    """When it was made (aware UTC)."""
    reason: str | None = None
    """Why it was answered so or cancelled, as far as that was registered; it moves nothing."""


class Note(msgspec.Struct, frozen=True, gc=False):
    """A step in a clock's history, for the explanation: which fact did what under which rule."""

    on: date
    rule: str
    fact: Ref | None
    values: tuple[tuple[str, str], ...] = ()


class Clock(msgspec.Struct, frozen=True, gc=False):
    """One right of one pathway on one line, evaluated for `today` (a local date).

    `timely_dates` are the standing offered dates on or before the deadline, earliest first.
    `starts` are the facts that ever started a limit of this line, in order; identity is carried by them.
    """

    right: str
    patient: str
    pathway: str
    line: int
    condition: str | None
    package: str | None
    residence: str | None
    unit: str | None
    limits: tuple[Limit, ...]
    binding: LimitName | None
    started_on: date
    deadline: date
    nominal_deadline: date
    target: date
    days_left: int
    staffed_days_left: int
    state: State
    outcome: Outcome | None
    days_over: int
    closed_on: date | None
    offered_date: date | None
    late_offer: bool
    timely_dates: tuple[date, ...]
    offers: tuple[Offer, ...]
    starts: tuple[Ref, ...]
    facts: tuple[Ref, ...]
    notes: tuple[Note, ...]
    opened_at: datetime
    """When its first start fact was recorded (UTC)."""
