"""Damage to a row that still decodes, each with the kind of difference that it has to be found as."""

from datetime import timedelta
from typing import Any

import msgspec

from alerts.lifecycle import AlertState
from stream.law.fact import Ref
from stream.reconcile.differences import Kind
from stream.row import Row
from stream.worker.names import FACTS
from stream.worker.transport import TransportOptions
from tests.embedded.mending import AT, rows


async def watched(options: TransportOptions) -> list[str]:
    """Patients with a due moment and more than one fact, those with an open alert first."""
    found = {name: row for name, row in (await rows(options)).items() if len(row.record.facts) > 1 and row.next_due}
    return sorted(found, key=lambda name: (not any(map(is_up, found[name].alerts.values())), name))


def is_up(state: AlertState) -> bool:
    return state.status == "open" and state.tier is not None


def bend(row: Row, **fields: Any) -> Row:
    return msgspec.structs.replace(row, **fields)


def with_facts(row: Row, facts) -> Row:
    return bend(row, record=type(row.record)(facts, row.record.refused, row.record.dismissed, row.record.beaten))


def with_changed_fact(row: Row) -> Row:
    ref, fact = next(iter(row.record.facts.items()))
    other = msgspec.structs.replace(fact, occurred_at=fact.occurred_at - timedelta(days=3))
    return with_facts(row, {**row.record.facts, ref: other})


def without_last_fact(row: Row) -> Row:
    return with_facts(row, dict(list(row.record.facts.items())[:-1]))


def with_other_tier(row: Row) -> Row:
    clock_id, state = next((name, state) for name, state in row.alerts.items() if is_up(state))
    other = msgspec.structs.replace(state, tier="act" if state.tier == "plan" else "plan")
    return bend(row, alerts={**row.alerts, clock_id: other})


def with_other_ids(row: Row) -> Row:
    first, *others = row.minted
    flipped = first.clock_id[:-1] + ("0" if first.clock_id[-1] != "0" else "1")
    return bend(row, minted=(msgspec.structs.replace(first, clock_id=flipped), *others))


DAMAGE = {
    "another tier": (with_other_tier, Kind.ROW_STATE),
    "no alerts": (lambda row: bend(row, alerts={}), Kind.ROW_ALERT),
    "a fact has another date": (with_changed_fact, Kind.RECORD),
    "a fact is gone": (without_last_fact, Kind.RECORD),
    "a refusal from nowhere": (lambda row: bend(row, record=row.record.refuse(Ref("urn:x", "1"))), Kind.RECORD),
    "offsets that would pass over later facts": (lambda row: bend(row, applied={FACTS: 10**9}), Kind.RECORD),
    "another due moment": (lambda row: bend(row, next_due=AT + timedelta(days=99)), Kind.ROW_STATE),
    "no due moment": (lambda row: bend(row, next_due=None), Kind.ROW_STATE),
    "a due moment long past": (lambda row: bend(row, next_due=AT - timedelta(hours=3)), Kind.OVERDUE_LOOK),
    "other ids of clocks": (with_other_ids, Kind.ROW_STATE),
    "another patient's name": (lambda row: bend(row, patient="somebody"), Kind.ROW_STATE),
    "nothing published": (lambda row: bend(row, published={}), Kind.ROW_STATE),
}
