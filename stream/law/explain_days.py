"""Explains the days: holidays that a count of working days skips, the target, and a deadline on a day off."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from stream.law.calendar import SATURDAY, DayOff
from stream.law.calendar_holidays import Bilingual
from stream.law.clock import Limit
from stream.law.explain_case import Case, Item, Values, item
from stream.law.explain_texts import Value, joined, say, word

ONE_DAY = timedelta(days=1)


def holiday_items(case: Case) -> Iterator[Item]:
    """Explain each weekday between start and deadline that a count of working days treats in its own way."""
    if case.right.day_unit == "working":
        for limit in case.clock.limits:
            yield from _holidays_of(case, limit)


def deadline_items(case: Case) -> Iterator[Item]:
    """Explain the target of an open clock, the deadline, and why a day off does not move it."""
    clock = case.clock
    if clock.outcome == "not_covered" or (clock.outcome == "interrupted" and clock.days_over == 0):
        return
    if case.is_open:
        yield _target_item(case)
    past = not case.is_open or clock.deadline < case.today
    values: Values = {"task": word("task", case.closing_step), "deadline": clock.deadline}
    yield item(clock.deadline, "deadline", values, key="deadline.past" if past else "deadline")
    day_off = case.calendar.day_off(clock.deadline, clock.unit)
    if day_off is not None:
        key = "calendar.no_roll" if _is_fixed(case) else "calendar.no_roll.counts"
        yield item(clock.deadline, "calendar.no_roll", {"why": _why(day_off)}, key=key)


def _is_fixed(case: Case) -> bool:
    """Tell whether every day off lies inside the limit: no working days are counted and nothing rolls to one."""
    return case.right.day_unit == "calendar" and case.rulebook.settings.get("roll") == "none"


def _holidays_of(case: Case, limit: Limit) -> Iterator[Item]:
    for day in _days_after(limit.started_on, limit.deadline):
        off = case.calendar.day_off(day, None)
        if off is None or off.name is None or day.weekday() >= SATURDAY:
            continue
        if off.kind == "public_holiday":
            rule = "calendar.skipped"
        else:
            rule = "calendar.counted" if case.calendar.is_working_day(day) else "calendar.not_counted"
        yield item(day, rule, {"name": off.name})


def _target_item(case: Case) -> Item:
    clock = case.clock
    if clock.target == clock.deadline:
        return item(clock.target, "target", {"target": clock.target})
    days = _days_after(clock.target, clock.deadline)
    runs = groupby(days, key=lambda day: case.calendar.day_off(day, clock.unit))
    days_off = joined([_run(list(run), off) for off, run in runs if off is not None], "and")
    values: Values = {"target": clock.target, "deadline": clock.deadline, "days_off": days_off}
    return item(clock.target, "target", values, key="target.earlier")


def _run(days: list[date], off: DayOff) -> Bilingual:
    first, last = days[0], days[-1]
    day: Value = first if first == last else say("words", "span", {"first": first, "last": last})
    return say("words", "reason", {"day": day, "why": _why(off)})


def _why(day_off: DayOff) -> Bilingual:
    return day_off.name or word("words", day_off.kind)


def _days_after(start: date, end: date) -> list[date]:
    return [start + ONE_DAY * index for index in range(1, (end - start).days + 1)]
