"""When a patient must be looked at again: the next moment at which a tier, a state or a deadline can change."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from alerts.tiers import Thresholds, Verdict
from stream.law.calendar import Calendar
from stream.law.clock import Clock
from stream.law.fact import COPENHAGEN

ONE_DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """Return the beginning of a local date in Europe/Copenhagen as an aware UTC moment."""
    return datetime.combine(day, time.min, COPENHAGEN).astimezone(UTC)


def change_days(clock: Clock, thresholds: Thresholds, today: date, calendar: Calendar) -> Iterator[date]:
    """Yield the local dates on which an open clock can change by itself; closed clocks do not."""
    if clock.state == "closed":
        return
    for _, days in thresholds.steps:
        yield calendar.staffed_threshold(clock.target, days, clock.unit)
    yield clock.deadline + ONE_DAY
    for offered in clock.timely_dates:
        yield offered + ONE_DAY
    if any(limit.pausing for limit in clock.limits):
        yield today + ONE_DAY


def next_due(days: Iterable[date], today: date, *moments: datetime | None) -> datetime | None:
    """Return the first local midnight after `today` among the days, or the first of the moments if that is earlier."""
    coming = [midnight(day) for day in set(days) if day > today]
    return min([*coming, *(moment for moment in moments if moment is not None)], default=None)


def tier_due(clock: Clock, verdict: Verdict, thresholds: Thresholds, calendar: Calendar) -> datetime | None:
    """Return the moment (UTC) since which the clock's tier holds by the calendar; None without a tier."""
    if verdict.tier is None:
        return None
    if verdict.reason == "deadline_passed":
        return midnight(clock.deadline + ONE_DAY)
    if verdict.reason == "start_not_registered":
        return midnight(clock.timely_dates[0] + ONE_DAY)
    if verdict.reason == "late_offer":
        return max(offer.made_at for offer in clock.offers if offer.standing and offer.made_at is not None)
    days = dict(thresholds.steps)[verdict.tier]
    return midnight(max(clock.started_on, calendar.staffed_threshold(clock.target, days, clock.unit)))
