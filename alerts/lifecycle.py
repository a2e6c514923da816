"""An alert's life: from the tier that holds now and what was known before, to the next state and its records.

Pure: the same input gives the same records with the same identities. An alert is born when its clock first has a
tier and keeps its id for good. Where the contract (section 3) is silent, this module decides:

* An alert lowered to no tier, while its clock is open, is `changed` with `to` null; a tier after that is `raised`.
* While an alert is silent (nobody was told), a tier change that is silent too is a further `silent` row. A `closed`
  or `withdrawn` row ends it: readers send an all-clear only where a warning went.
* A silent alert speaks (`raised`) at the first tier change that is not silent, and when a fact shows that the
  deadline does not lie that far back after all.
* An alert whose clock comes back closed after a withdrawal is `closed` again.
* A new reason under the same tier is remembered, without a record.
* A snooze ends with the next change of tier. Where it ends by itself the alert is `changed` (a silent one `silent`),
  its tier the same.
* An alert whose clock goes to another unit is `changed` (a silent one `silent`) under the tier that held, before
  anything else: those there have heard nothing of it. A unit that comes under another region tells nobody.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from alerts.acts import SNOOZE_ENDED, UNIT_CHANGED, Acts, follow
from alerts.ledger import Cause, Kind, LedgerRecord, Status, alert_id_of, token_of, tokens_of
from alerts.tiers import Tier, Verdict

RETRACTED: Final = "retracted"
"""Reason of a `withdrawn` record: the facts that made the clock are gone."""


class ClockFacts(msgspec.Struct, frozen=True, gc=False):
    """What the ledger says of a clock, as plain values."""

    clock_id: str
    patient: str
    pathway: str
    right: str
    line: int
    unit: str | None
    region: str | None
    closed: bool


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When and why a patient is evaluated. `at` and `due` are aware.

    `evaluated` is the moment that it is evaluated for, where that is another than `at`.
    `silent`: the clock's deadline lies more than the policy's days before the fact was received. `known` is what the
    ledger keeps of the clock's date, None if there is no clock.
    """

    at: datetime
    cause: Cause
    rulebook: str
    policy: str
    due: datetime | None = None
    late: bool = False
    unverified: bool = False
    actor: str | None = None
    silent: bool = False
    evaluated: datetime | None = None
    known: Mapping[str, Any] | None = None


class AlertState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is remembered of a clock's alert.

    `raised_at` is when it first had a tier, `since` when its last transition was; both aware. The clock's own
    values are kept for the day on which the clock is retracted and can no longer be asked. Rows of format 2 have no
    `acts`: nobody could act then. `told` is a token of each of its transitions; older versions do without.
    """

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
    raised_at: datetime
    since: datetime
    acts: Acts = Acts()
    told: bytes = b""


Moved = tuple[AlertState, tuple[LedgerRecord, ...]]
Step = tuple[AlertState | None, tuple[LedgerRecord, ...]]


def step(state: AlertState | None, clock: ClockFacts | None, verdict: Verdict | None, moment: Moment) -> Step:
    """Return the alert after this moment and the ledger records of what changed.

    `clock` is None when the clock does not exist (any longer). `verdict` is that of an open clock; None counts as
    no tier.
    """
    if state is None:
        return _born(clock, verdict, moment)
    if clock is None:
        return _gone(state, moment)
    before, state = state, _follow(state, clock)
    if clock.closed:
        return _closed(state, moment)
    judged = verdict or Verdict(None, "time_enough")
    if state.status != "open":
        return _reopened(state, judged, moment)
    if state.tier is None or state.unit == before.unit:
        return _moved(state, judged, moment)
    state, handed = _still(state, UNIT_CHANGED, moment)
    state, moved = _moved(state, judged, moment)
    return state, handed + moved


def _born(clock: ClockFacts | None, verdict: Verdict | None, moment: Moment) -> Step:
    if clock is None or clock.closed or verdict is None or verdict.tier is None:
        return None, ()
    unborn = AlertState(
        alert_id=alert_id_of(clock.clock_id),
        clock_id=clock.clock_id,
        patient=clock.patient,
        pathway=clock.pathway,
        right=clock.right,
        line=clock.line,
        unit=clock.unit,
        region=clock.region,
        status="open",
        tier=None,
        reason=verdict.reason,
        silent=moment.silent,
        raised_at=moment.at,
        since=moment.at,
    )
    return _transition(unborn, "silent" if moment.silent else "raised", verdict, moment)


def _gone(state: AlertState, moment: Moment) -> Step:
    if state.status == "withdrawn":
        return state, ()
    return _end(state, "withdrawn", RETRACTED, moment)


def _closed(state: AlertState, moment: Moment) -> Step:
    if state.status == "closed":
        return state, ()
    return _end(state, "closed", "closed", moment)


def _end(state: AlertState, status: Literal["closed", "withdrawn"], reason: str, moment: Moment) -> Step:
    return _followed(state, replace(state, status=status, tier=None, reason=reason, since=moment.at), status, moment)


def _reopened(state: AlertState, verdict: Verdict, moment: Moment) -> Step:
    silent = moment.silent and verdict.tier is not None
    return _transition(replace(state, silent=silent), "silent" if silent else "reopened", verdict, moment)


def _moved(state: AlertState, verdict: Verdict, moment: Moment) -> Moved:
    kind = _kind(state, verdict.tier, moment)
    if kind is None and _has_rested(state, moment):
        return _still(state, SNOOZE_ENDED, moment)
    if kind is None:
        return (state if state.reason == verdict.reason else replace(state, reason=verdict.reason)), ()
    return _transition(replace(state, silent=kind == "silent"), kind, verdict, moment)


def _still(state: AlertState, reason: str, moment: Moment) -> Moved:
    """Write down what happened to an alert under the tier that it has."""
    return _followed(state, replace(state, since=moment.at), "silent" if state.silent else "changed", moment, reason)


def _kind(state: AlertState, tier: Tier | None, moment: Moment) -> Kind | None:
    if tier == state.tier:
        return "raised" if _speaks_at_last(state, moment) else None
    if state.silent and (moment.silent or tier is None):
        return "silent"
    if tier is None:
        return "changed"
    if state.tier is None and moment.silent:
        return "silent"
    return "raised" if state.silent or state.tier is None else "changed"


def _speaks_at_last(state: AlertState, moment: Moment) -> bool:
    return state.silent and state.tier is not None and not moment.silent and "fact" in moment.cause


def _transition(state: AlertState, kind: Kind, verdict: Verdict, moment: Moment) -> Moved:
    moved = replace(state, status="open", tier=verdict.tier, reason=verdict.reason, since=moment.at)
    return _followed(state, moved, kind, moment)


def _has_rested(state: AlertState, moment: Moment) -> bool:
    until = state.acts.snoozed_until
    return until is not None and until <= (moment.evaluated or moment.at)


def _followed(before: AlertState, after: AlertState, kind: Kind, moment: Moment, reason: str | None = None) -> Moved:
    record = record_of(before, after, kind, moment, reason=reason or after.reason)
    known = tokens_of(before.told)
    while (token := token_of(record.transition_id)) in known:
        record = replace(record, again=record.again + 1)
    return replace(after, acts=follow(after.acts, record), told=before.told + token), (record,)


def _follow(state: AlertState, clock: ClockFacts) -> AlertState:
    if (state.line, state.unit, state.region) == (clock.line, clock.unit, clock.region):
        return state
    return replace(state, line=clock.line, unit=clock.unit, region=clock.region)


def record_of(  # noqa: PLR0913 - a record has that many sides
    before: AlertState,
    after: AlertState,
    kind: Kind,
    moment: Moment,
    *,
    reason: str,
    detail: Mapping[str, Any] | None = None,
) -> LedgerRecord:
    """Return the ledger's record of a step from one state to another."""
    return LedgerRecord(
        alert_id=after.alert_id,
        clock_id=after.clock_id,
        patient=after.patient,
        pathway=after.pathway,
        right=after.right,
        line=after.line,
        unit=after.unit,
        region=after.region,
        kind=kind,
        from_tier=before.tier,
        to_tier=after.tier,
        reason=reason,
        at=moment.at,
        due=moment.due,
        late=moment.late,
        unverified=moment.unverified,
        cause=moment.cause,
        actor=moment.actor,
        rulebook=moment.rulebook,
        policy=moment.policy,
        detail=moment.known if detail is None else detail,
    )
