"""Every day from a limit's start to its deadline: what day it is, and whether it was counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from stream.law.calendar import Calendar, DayOff, DayOffKind
from stream.law.calendar_holidays import Bilingual
from stream.law.clock import Limit
from stream.law.explain_texts import say, weekday

DayKind = DayOffKind | Literal["working_day"]


@dataclass(frozen=True, slots=True)
class CountDay:
    """One day of a count.

    `number` is the last day number reached, 0 on the start day and the limit's days on the deadline. `counts` tells
    whether the number rose on this day, `paused` that a pause kept it from rising: like the start day, the day on
    which a pause begins is not one of its days, and the day on which the wait resumes is. `working_day` numbers the
    working days (hverdage) after the start and is None on other days.
    """

    on: date
    weekday: Bilingual
    number: int
    kind: DayKind
    label: Bilingual
    working_day: int | None
    counts: bool
    paused: bool

    def as_json(self) -> dict[str, Any]:
        """Return the day with its date as YYYY-MM-DD."""
        names = ("weekday", "number", "kind", "label", "working_day", "counts", "paused")
        return {"on": self.on.isoformat()} | {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class DayCount:
    """How the days of a limit are counted: in working days or all, and again from 0 after a pause or not."""

    calendar: Calendar
    unit: str | None
    working: bool
    restarts: bool

    def days(self, limit: Limit) -> Iterator[CountDay]:
        """Give each day from the start of the limit up to and including its deadline."""
        number = 0
        for index in range((limit.deadline - limit.started_on).days + 1):
            on = limit.started_on + timedelta(days=index)
            paused = any(begin < on <= end for begin, end in limit.moved_by)
            counts = index > 0 and number < limit.days and not paused and self._is_counted(on)
            restarted = self.restarts and paused
            number = 0 if restarted else number + counts
            yield self._day(limit, on, number, counts=counts, paused=paused)

    def _is_counted(self, on: date) -> bool:
        return not self.working or self.calendar.is_working_day(on)

    def _day(self, limit: Limit, on: date, number: int, *, counts: bool, paused: bool) -> CountDay:
        off = self.calendar.day_off(on, self.unit)
        after_start = on > limit.started_on and self.calendar.is_working_day(on)
        working_day = self.calendar.working_days_between(limit.started_on, on) if after_start else None
        return CountDay(
            on=on,
            weekday=weekday(on),
            number=number,
            kind="working_day" if off is None else off.kind,
            label=_label(off, working_day),
            working_day=working_day,
            counts=counts,
            paused=paused,
        )


def _label(off: DayOff | None, working_day: int | None) -> Bilingual:
    if off is not None:
        return say("count", off.kind, {"name": off.name} if off.name else {})
    if working_day is None:
        return say("count", "start", {})
    return say("count", "working_day", {"number": working_day})
