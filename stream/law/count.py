"""The counting tool (tælleværktøj): a right and its dates in, the deadline and every day on the way to it out.

It counts nothing itself: the dates become facts, and the law that keeps the clocks evaluates them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from stream.law.calendar import Calendar
from stream.law.calendar_holidays import FIRST_DAY, LAST_DAY, Bilingual
from stream.law.clock import Clock, Limit, LimitName
from stream.law.count_days import CountDay, DayCount
from stream.law.count_facts import Span, pause_facts, start_dates, start_facts
from stream.law.errors import CalendarRangeError, CountError
from stream.law.evaluate import days_between, evaluate
from stream.law.explain import explain
from stream.law.fact import COPENHAGEN, Fact
from stream.law.rulebook import Right, Rulebook

LAST_MOMENT: Final = time(23, 59, 59)
ABOUT_TODAY: Final = ("state.", "days_over")


@dataclass(frozen=True, slots=True)
class CountResult:
    """What the counting tool found. Dates are local; `days` are those of the limit that binds.

    `days_left` is in the right's days, `staffed_days_left` in ordinary working days of the unit, both from today.
    """

    right: str
    name: Bilingual
    paragraph: str
    rulebook: str
    reading: str
    deadline: date
    nominal_deadline: date
    target: date
    binding: LimitName | None
    days_left: int
    staffed_days_left: int
    limits: tuple[Limit, ...]
    days: tuple[CountDay, ...]
    explanation: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain JSON values, dates as YYYY-MM-DD."""
        plain = ("right", "name", "paragraph", "rulebook", "reading", "binding", "days_left", "staffed_days_left")
        dates = ("deadline", "nominal_deadline", "target")
        return {
            **{field: getattr(self, field) for field in plain},
            **{field: getattr(self, field).isoformat() for field in dates},
            "limits": [_limit_as_json(limit) for limit in self.limits],
            "days": [day.as_json() for day in self.days],
            "explanation": list(self.explanation),
        }


def count(  # noqa: PLR0913, PLR0917 - the tool's form has these fields
    right_id: str,
    referral: date | None,
    consent: date | None,
    pauses: Sequence[Span],
    rulebook: Rulebook,
    calendar: Calendar,
    today: date,
    unit: str | None = None,
) -> CountResult:
    """Count a right's days from its dates (local dates; the start day is day 0).

    `referral` also stands for the start of a duty to inform. `pauses` are documented health pauses from the day of
    the pause to the day the wait resumed. `unit` (SOR code) gives the closing days for the target.
    Raises CountError for an unknown right, missing or contradicting dates, a pause that ends before it begins;
    CalendarRangeError for dates the calendar does not reach.
    """
    right = _right(right_id, rulebook)
    if pauses and not right.pauses:
        raise CountError(f"{right.id} is never paused; leave the pauses out")
    _check_range(referral, consent, *(day for span in pauses for day in span))
    facts = [*start_facts(right, start_dates(right, referral, consent), unit), *pause_facts(pauses)]
    at = max(today, *(fact.on for fact in facts))
    clock = _clock(right, facts, at, rulebook, calendar)
    return _result(clock, _Question(right, rulebook, calendar, at, today))


def _check_range(*days: date | None) -> None:
    for day in days:
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise CalendarRangeError(f"{day} lies outside the calendar; give a date from {FIRST_DAY} to {LAST_DAY}")


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked. `at` is today, or the last of the dates where that lies ahead."""

    right: Right
    rulebook: Rulebook
    calendar: Calendar
    at: date
    today: date


def _right(right_id: str, rulebook: Rulebook) -> Right:
    if right_id not in rulebook.rights:
        raise CountError(f"unknown right {right_id!r}; use one of {', '.join(rulebook.rights)}")
    return rulebook.right(right_id)


def _clock(right: Right, facts: Sequence[Fact], at: date, rulebook: Rulebook, calendar: Calendar) -> Clock:
    clocks = evaluate(facts, datetime.combine(at, LAST_MOMENT, COPENHAGEN), rulebook, calendar)
    clock = next((clock for clock in clocks if clock.right == right.id), None)
    if clock is None:
        raise CountError(f"{right.id} starts only with a referral; give the referral date too")
    return clock


def _result(clock: Clock, asked: _Question) -> CountResult:
    right, rulebook, calendar = asked.right, asked.rulebook, asked.calendar
    binding = next(limit for limit in clock.limits if limit.limit == (clock.binding or limit.limit))
    restarts = rulebook.settings["pause"] == "restart"
    counting = DayCount(calendar, clock.unit, right.day_unit == "working", restarts)
    return CountResult(
        right=right.id,
        name=right.name,
        paragraph=right.paragraph,
        rulebook=rulebook.version,
        reading=rulebook.reading,
        deadline=clock.deadline,
        nominal_deadline=clock.nominal_deadline,
        target=clock.target,
        binding=clock.binding,
        days_left=days_between(right.day_unit, asked.today, clock.deadline, calendar),
        staffed_days_left=calendar.staffed_days_left(asked.today, clock.target, clock.unit),
        limits=clock.limits,
        days=tuple(counting.days(binding)),
        explanation=tuple(_explanation(clock, asked)),
    )


def _explanation(clock: Clock, asked: _Question) -> Iterator[dict[str, Any]]:
    """Explain the count. Where a date lies ahead of today, nothing is said about where the clock stands."""
    for item in explain(clock, asked.at, asked.calendar, asked.rulebook):
        if asked.at == asked.today or not item["rule"].startswith(ABOUT_TODAY):
            yield {**item, "fact": None}


def _limit_as_json(limit: Limit) -> dict[str, Any]:
    return {
        "limit": limit.limit,
        "days": limit.days,
        "started_on": limit.started_on.isoformat(),
        "deadline": limit.deadline.isoformat(),
        "nominal_deadline": limit.nominal_deadline.isoformat(),
    }
