"""A clock as it is published and stored: the contract's JSON without what depends on the day it is read."""

from typing import Any, Final

from alerts.tiers import Verdict
from stream.law.clock import Clock, Limit
from stream.law.fact import Ref
from stream.law.rulebook import Rulebook

PATIENT_HEADER: Final = "patient"
"""Header of a tombstone in the clocks topic: whose pathway it was. The key alone does not say."""


def ref_json(ref: Ref) -> dict[str, str]:
    """Return a fact's identity as JSON."""
    return {"source": ref.source, "id": ref.id}


def known_then(clock: Clock) -> dict[str, Any]:
    """Return what a ledger record keeps of a clock's date: who reads it years later sees what was warned of."""
    return {
        "deadline": clock.deadline.isoformat(),
        "days_left": clock.days_left,
        "staffed_days_left": clock.staffed_days_left,
    }


def stored_clock(
    clock: Clock, clock_id: str, verdict: Verdict, rulebook: Rulebook, *, incomplete: bool
) -> dict[str, Any]:
    """Return the stored form of a clock.

    Beside the contract's fields: `closed_on`, `day_unit` and the tier's `reason`. Days left, days over of open clocks,
    hospital, region and explanation depend on the day and are added by the view.
    """
    return {
        "clock_id": clock_id,
        "patient": clock.patient,
        "pathway": clock.pathway,
        "right": clock.right,
        "condition": clock.condition,
        "package": clock.package,
        "line": clock.line,
        "unit": clock.unit,
        "residence": clock.residence,
        "limits": [_limit_json(limit) for limit in clock.limits],
        "binding": clock.binding,
        "started_on": clock.started_on.isoformat(),
        "deadline": clock.deadline.isoformat(),
        "nominal_deadline": clock.nominal_deadline.isoformat(),
        "target": clock.target.isoformat(),
        "state": clock.state,
        "outcome": clock.outcome,
        "closed_on": clock.closed_on.isoformat() if clock.closed_on else None,
        "days_over": clock.days_over if clock.state == "closed" else None,
        "offered_date": clock.offered_date.isoformat() if clock.offered_date else None,
        "late_offer": clock.late_offer,
        "tier": verdict.tier,
        "reason": verdict.reason,
        "incomplete": incomplete,
        "day_unit": rulebook.rights[clock.right].day_unit,
        "rulebook": rulebook.version,
        "reading": rulebook.reading,
        "facts": [ref_json(ref) for ref in clock.facts],
    }


def _limit_json(limit: Limit) -> dict[str, Any]:
    return {
        "limit": limit.limit,
        "started_on": limit.started_on.isoformat(),
        "days": limit.days,
        "deadline": limit.deadline.isoformat(),
        "nominal_deadline": limit.nominal_deadline.isoformat(),
        "started_by": ref_json(limit.started_by),
    }
