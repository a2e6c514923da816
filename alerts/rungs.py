"""Rungs of the duty to act (handlepligt) that hospitals register as facts: the ladder of an alert shows them too. Pure.

An `escalated` fact is a rung of each open alert of its pathway. If it is retracted, a `noted` record says so. It moves
no clock and no tier.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from alerts.acts import ESCALATED, FACT, RUNG, RUNG_WITHDRAWN, follow, ref_of
from alerts.ledger import LedgerRecord, fact_cause, moment_text
from alerts.lifecycle import AlertState, Moment, record_of


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """A rung as a hospital registered it. `at` is aware."""

    source: str
    id: str
    to: str
    by: str | None
    at: datetime


def climb(
    state: AlertState, escalations: Sequence[Escalation], moment: Moment
) -> tuple[AlertState, tuple[LedgerRecord, ...]]:
    """Return the alert with the rungs registered for its pathway by now, and a record of each that is new or gone."""
    found = {ref_of(fact_cause(each.source, each.id)): each for each in escalations}
    known = {rung.ref for rung in state.acts.rungs}
    new = [each for ref, each in found.items() if ref not in known] if state.status == "open" else []
    gone = [rung for rung in state.acts.rungs if rung.ref.startswith(FACT) and rung.ref not in found]
    records = (
        *(_taken(state, each, moment) for each in new),
        *(_gone(state, rung.to, rung.ref, moment) for rung in gone),
    )
    for record in records:
        state = replace(state, acts=follow(state.acts, record))
    return state, records


def _taken(state: AlertState, each: Escalation, moment: Moment) -> LedgerRecord:
    # The rung's own fact is its cause, whatever brings it up: two of them never share an identity.
    why = replace(moment, cause=fact_cause(each.source, each.id), actor=each.by)
    detail = {"to": each.to, "at": moment_text(each.at), "concrete": False, "answer": "not_asked"}
    return record_of(state, state, "rung", why, reason=ESCALATED, detail=detail)


def _gone(state: AlertState, to: str, ref: str, moment: Moment) -> LedgerRecord:
    # Named in the cause too: several rungs that go at one moment are records of their own.
    why = replace(moment, cause={**moment.cause, RUNG: ref})
    return record_of(state, state, "noted", why, reason=RUNG_WITHDRAWN, detail={"to": to, "ref": ref})
