"""What the law says about acts of staff: how long an alert may rest, and which rungs hospitals registered. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from alerts.deciding import Rest
from alerts.rungs import Escalation
from alerts.tiers import Thresholds, Tier
from stream.due import change_days, midnight
from stream.law.calendar import Calendar
from stream.law.clock import Clock
from stream.law.fact import COPENHAGEN, local_date
from stream.row import Row

ESCALATED: Final = "escalated"


def longest_rest(clock: Clock, tier: Tier, thresholds: Thresholds, now: datetime, calendar: Calendar) -> Rest:
    """Return until when the alert of an open clock may rest: never past the day on which its tier may rise.

    Past the deadline nothing rises any more; then it is the same time of day on the unit's next ordinary working day.
    That is asked of the day, too: a command may be decided before the tick that tells of the deadline.
    """
    today = local_date(now)
    if tier == "passed" or today > clock.deadline:
        time = now.astimezone(COPENHAGEN).timetz()
        return Rest(datetime.combine(calendar.next_staffed_day(today, clock.unit), time), "past_one_working_day")
    coming = [day for day in change_days(clock, thresholds, today, calendar) if day > today]
    return Rest(midnight(min(coming)), "past_next_tier")


def escalations(row: Row, at: datetime) -> Mapping[str, list[Escalation]]:
    """Return the rungs that are registered and count at an aware moment, by pathway."""
    found: dict[str, list[Escalation]] = {}
    if any(fact.step == ESCALATED for fact in row.record.facts.values()):
        for fact in row.record.live(at):
            to = fact.fields.get("to") if fact.step == ESCALATED else None
            if to is not None:
                rung = Escalation(*fact.ref, to, fact.fields.get("by"), fact.occurred_at)
                found.setdefault(fact.pathway, []).append(rung)
    return found
