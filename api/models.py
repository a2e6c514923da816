"""The shapes of answers, as they stand in the OpenAPI document. Names are the contract's."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.ledger import Kind, Status
from alerts.tiers import Tier
from api.reading.freshness import TEXTS, Freshness
from stream.clock import format_moment
from stream.law.clock import LimitName, Outcome, State


class Text(BaseModel):
    """A text in Danish and English."""

    da: str
    en: str


class Ref(BaseModel):
    """Identity of an event."""

    source: str
    id: str


class Reason(BaseModel):
    """Why an answer is not complete."""

    code: Literal["filling", "unknown", "behind", "intake_behind", "unreadable", "quarantined", "source_silent"]
    text: Text
    sources: Annotated[list[str], Field(description="the silent sources; empty for other reasons")]


class Reach(BaseModel):
    """How far an answer reaches."""

    as_of: Annotated[
        str | None, Field(description="everything sent up to this moment (RFC 3339, UTC) is in the answer")
    ]
    evaluated_at: Annotated[str, Field(description="the moment for which days are counted (RFC 3339, UTC)")]
    source_lag_seconds: Annotated[float | None, Field(description="how far as_of lies behind evaluated_at")]
    complete: bool
    reasons: Annotated[list[Reason], Field(description="why the answer is not complete; empty when it is")]


class Limit(BaseModel):
    """A started limit of a clock."""

    limit: LimitName
    started_on: date
    days: int
    deadline: date
    nominal_deadline: date
    started_by: Ref


class Item(BaseModel):
    """One line of an explanation: what happened on a day, by which rule, through which fact."""

    on: date
    text: Text
    rule: str
    fact: Ref | None


class Clock(BaseModel):
    """A right applied to one pathway and one line (contract 2.6)."""

    model_config = ConfigDict(extra="ignore")

    clock_id: str
    patient: str
    pathway: str
    right: str
    condition: str | None
    package: str | None
    line: int
    unit: str | None
    hospital: str | None
    region: str | None
    residence: str | None
    limits: list[Limit]
    binding: LimitName | None
    started_on: date
    deadline: date
    nominal_deadline: date
    target: Annotated[date, Field(description="the last ordinary working day on or before the deadline")]
    days_left: Annotated[int, Field(description="deadline - today, in the right's days; may be negative")]
    staffed_days_left: Annotated[int, Field(description="ordinary working days after today up to the target")]
    state: State
    outcome: Outcome | None
    closed_on: date | None
    days_over: int
    offered_date: date | None
    late_offer: bool
    tier: Tier | None
    reason: Annotated[str, Field(description="why this tier holds")]
    incomplete: bool
    rulebook: str
    reading: str
    facts: list[Ref]


class ExplainedClock(Clock):
    """A clock with its explanation."""

    explanation: list[Item]


class Transition(BaseModel):
    """A record of the alert ledger (contract section 3)."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    transition_id: str
    alert_id: str
    clock_id: str
    patient: str
    pathway: str
    right: str
    line: int
    unit: str | None
    region: str | None
    kind: Kind
    from_tier: Annotated[Tier | None, Field(serialization_alias="from")]
    to_tier: Annotated[Tier | None, Field(serialization_alias="to")]
    reason: str
    at: str
    due: str | None
    late: bool
    unverified: bool
    cause: dict[str, Any]
    actor: str | None
    rulebook: str
    policy: str
    detail: Annotated[dict[str, Any] | None, Field(description="what an act says beside its reason")] = None


class TakenRung(BaseModel):
    """A rung of the duty to act that was taken."""

    model_config = ConfigDict(from_attributes=True)

    to: str
    at: str
    by: str | None
    concrete: Annotated[bool, Field(description="a date and a place were named, in writing")]
    answer: Annotated[str, Field(description="what the patient said")]
    ref: Annotated[str, Field(description="the command or fact that told of it")]


class Alert(BaseModel):
    """An alert as its ledger leaves it."""

    model_config = ConfigDict(from_attributes=True)

    alert_id: str
    clock_id: str
    patient: str
    pathway: str
    right: str
    line: int
    unit: str | None
    region: str | None
    status: Status
    tier: Tier | None
    reason: str
    silent: bool
    late: bool
    unverified: bool
    raised_at: str
    since: Annotated[str, Field(description="when status or tier last moved")]
    due: str | None
    last_act: Annotated[Kind | None, Field(description="the last thing staff did to it since then")]
    owner: Annotated[str | None, Field(description="who takes care of it, or is to")]
    acknowledged: Annotated[Tier | None, Field(description="the tier up to which somebody said so")]
    is_acknowledged: Annotated[bool, Field(description="whether that covers the tier that holds")]
    snoozed_until: datetime | None
    watchers: list[str]
    rungs: list[TakenRung]
    rulebook: str
    policy: str


class ClockPage(Reach):
    """Some clocks in order of deadline."""

    clocks: list[Clock]
    next: Annotated[str | None, Field(description="cursor of the next page; null on the last one")]


class ClockDetail(Reach):
    """One clock with its explanation, its events and its alert's ledger."""

    clock: ExplainedClock
    explanation_agrees: Annotated[
        bool, Field(description="false: an event is on its way through the watch, and clock and explanation differ")
    ]
    events: Annotated[list[dict[str, Any]], Field(description="the accepted events of the clock, in order")]
    ledger: Annotated[list[Transition], Field(description="what happened to its alert, oldest first")]


class AlertPage(Reach):
    """Some alerts, the latest change first."""

    alerts: list[Alert]
    next: Annotated[str | None, Field(description="cursor of the next page; null on the last one")]


class Cell(BaseModel):
    """Open clocks of one region, right, package and tier."""

    model_config = ConfigDict(from_attributes=True)

    region: str | None
    right: str
    package: str | None
    tier: Tier | None
    count: Annotated[int | None, Field(description="null: between one and four, hidden")]


class RiskSummary(Reach):
    """Open clocks counted by region, right, package and tier."""

    hidden_below: Annotated[int | None, Field(description="counts below this are hidden; null: none are")]
    total: Annotated[int | None, Field(description="null when a hidden count could be worked out from it")]
    cells: list[Cell]


class EventResult(BaseModel):
    """What became of one event."""

    model_config = ConfigDict(extra="allow")

    status: Literal["accepted", "refused"]
    source: str | None = None
    id: str | None = None
    reason: Annotated[str | None, Field(description="of a refused event: the contract's reason")] = None
    field: Annotated[str | None, Field(description="path to what is wrong")] = None
    hint: Annotated[str | None, Field(description="what to do")] = None


class EventResults(BaseModel):
    """What became of the events, in the order in which they were sent."""

    accepted: int
    refused: int
    results: list[EventResult]


class CommandTaken(BaseModel):
    """A command is on its way. Ask for its answer by its id."""

    command_id: str
    status: Literal["pending"]


class OfferTaken(BaseModel):
    """An offered date was recorded as a fact."""

    command_id: str
    status: Literal["accepted"]
    event: Ref


class Readiness(BaseModel):
    """Whether this process is at work and up to date; if not, why."""

    ok: bool
    reasons: list[str]


def reach(freshness: Freshness) -> dict[str, Any]:
    """Return the fields of Reach."""
    return {
        "as_of": _text(freshness.as_of),
        "evaluated_at": _text(freshness.evaluated_at),
        "source_lag_seconds": None if freshness.lag is None else freshness.lag.total_seconds(),
        "complete": freshness.complete,
        "reasons": [
            {"code": code, "text": TEXTS[code], "sources": freshness.silent if code == "source_silent" else ()}
            for code in freshness.reasons
        ],
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_moment(moment)
