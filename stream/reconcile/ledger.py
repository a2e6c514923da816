"""A patient's alerts as the ledger tells them: the same states that the row should hold, and what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from alerts.acts import ACTS, FOUND, RUNG, Acts, follow
from alerts.ledger import STATUS_AFTER, Cause, Status, Transition, due_cause, token_of
from alerts.lifecycle import AlertState
from alerts.tiers import Tier
from stream.clock import parse_moment
from stream.reconcile.seen import Kept


class Decision(NamedTuple):
    """For which moment (aware) and why something was decided: a due moment may be decided late."""

    evaluated: datetime
    due: datetime | None
    cause: Cause


@dataclass(slots=True)
class Told:
    """One alert as the ledger tells it.

    `last` is its latest decision. `moves` are status, tier and moment of each of its transitions, repeats left out.
    `has_gap`: one does not begin where the one before ended.
    """

    state: AlertState
    last: Decision
    moves: list[tuple[Status, Tier | None, datetime]] = field(default_factory=list)
    has_gap: bool = False


@dataclass(slots=True)
class Ledger:
    """All alerts of a patient, by clock. `unreadable` counts records that are no transitions."""

    alerts: dict[str, Told] = field(default_factory=dict)
    unreadable: int = 0

    @property
    def last(self) -> Decision | None:
        """The decision for the latest moment; None of an empty ledger."""
        return max((told.last for told in self.alerts.values()), key=lambda each: each.evaluated, default=None)


def read_ledger(records: Iterable[Kept]) -> Ledger:
    """Follow a patient's ledger from its beginning. A repeat, known by its transition id, changes nothing."""
    ledger = Ledger()
    known: set[str] = set()
    for kept in records:
        try:
            transition = msgspec.json.decode(kept.value or b"", type=Transition)
            at = parse_moment(transition.at)
            due = None if transition.due is None else parse_moment(transition.due)
        except (msgspec.DecodeError, ValueError):
            ledger.unreadable += 1
            continue
        if transition.transition_id in known:
            continue
        known.add(transition.transition_id)
        decision = Decision(due or at, due, transition.cause)
        if transition.kind in STATUS_AFTER:
            _move(ledger.alerts, transition, at, decision)
        elif transition.kind in ACTS and (told := ledger.alerts.get(transition.clock_id)):
            told.state = msgspec.structs.replace(told.state, acts=follow(told.state.acts, transition))
            told.last = decision._replace(cause=_brought_up(decision)) if transition.reason in FOUND else told.last
    return ledger


def _brought_up(decision: Decision) -> Cause:
    """Return what brought an evaluation about that found a rung: the rung has a cause of its own."""
    cause = {key: value for key, value in decision.cause.items() if key != RUNG}
    return cause if decision.due is None else due_cause(decision.due)


def _move(alerts: dict[str, Told], transition: Transition, at: datetime, decision: Decision) -> None:
    status = STATUS_AFTER[transition.kind]
    told = alerts.get(transition.clock_id)
    before = told.state.tier if told else None
    state = _state(transition, status, at) if told is None else _moved(told.state, transition, status, at)
    if told is None:
        told = alerts[transition.clock_id] = Told(state, decision)
    told.state, told.last = state, decision
    told.moves.append((status, state.tier, at))
    told.has_gap |= transition.from_tier != before


def _state(transition: Transition, status: Status, at: datetime) -> AlertState:
    return AlertState(
        alert_id=transition.alert_id,
        clock_id=transition.clock_id,
        patient=transition.patient,
        pathway=transition.pathway,
        right=transition.right,
        line=transition.line,
        unit=transition.unit,
        region=transition.region,
        status=status,
        tier=transition.to_tier if status == "open" else None,
        reason=transition.reason,
        silent=transition.kind == "silent",
        raised_at=at,
        since=at,
        acts=follow(Acts(), transition),
        told=token_of(transition.transition_id),
    )


def _moved(before: AlertState, transition: Transition, status: Status, at: datetime) -> AlertState:
    after = _state(transition, status, at)
    silent = before.silent if status != "open" else after.silent
    acts = follow(before.acts, transition)
    told = before.told + after.told
    return msgspec.structs.replace(after, silent=silent, raised_at=before.raised_at, acts=acts, told=told)


def differs(told: Told, held: AlertState) -> Sequence[str]:
    """Return the fields in which a row's state differs from the ledger's; those that move silently are left out.

    So is `told`: rows of older versions have none.
    """
    fields = ("alert_id", "patient", "pathway", "right", "status", "tier", "silent", "since", "acts", "raised_at")
    known = fields[:-1] if told.has_gap else fields  # the first transition may be the one that is missing
    return [name for name in known if getattr(told.state, name) != getattr(held, name)]
