"""Days that count, in order: how many up to a date, and which is the n-th, both without a loop over days."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from stream.law.calendar_holidays import FIRST_DAY, LAST_DAY
from stream.law.errors import CalendarRangeError

FIRST = FIRST_DAY.toordinal()
LAST = LAST_DAY.toordinal()


@dataclass(frozen=True, slots=True)
class DaySeries:
    """The days from FIRST_DAY to LAST_DAY for which something holds, numbered from 1.

    `days` are their ordinals, `totals` how many there are up to each day of the calendar, `removed` those taken out.
    """

    days: Sequence[int]
    totals: Sequence[int]
    removed: tuple[int, ...] = ()

    @classmethod
    def of(cls, holds: Callable[[date], bool]) -> "DaySeries":
        """Collect the days for which `holds` says yes."""
        marks = [holds(date.fromordinal(ordinal)) for ordinal in range(FIRST, LAST + 1)]
        days = array("l", (FIRST + index for index, mark in enumerate(marks) if mark))
        return cls(days, array("l", accumulate(marks)))

    def without(self, days: Iterable[date]) -> "DaySeries":
        """Return the series with these days taken out. The long tables are shared, not copied."""
        gone = {day.toordinal() for day in days if FIRST_DAY <= day <= LAST_DAY and day in self}
        return replace(self, removed=tuple(sorted(gone.union(self.removed))))

    def __contains__(self, day: date) -> bool:
        index = _index(day)
        before = self.totals[index - 1] if index else 0
        return self.totals[index] > before and day.toordinal() not in self.removed

    def upto(self, day: date) -> int:
        """Count the days of the series up to and including `day`. Raises CalendarRangeError."""
        count = self.totals[_index(day)]
        return count - bisect_right(self.removed, day.toordinal()) if self.removed else count

    def nth(self, number: int) -> date:
        """Return the `number`-th day of the series, the first being 1. Raises CalendarRangeError."""
        position = number
        while True:
            ordinal = self._ordinal(position)
            further = number + bisect_right(self.removed, ordinal)
            if further == position:
                return date.fromordinal(ordinal)
            position = further

    def _ordinal(self, position: int) -> int:
        if not 1 <= position <= len(self.days):
            raise CalendarRangeError(f"the count leaves the calendar; it reaches from {FIRST_DAY} to {LAST_DAY}")
        return self.days[position - 1]


def _index(day: date) -> int:
    index = day.toordinal() - FIRST
    if not 0 <= index <= LAST - FIRST:
        raise CalendarRangeError(f"{day} lies outside the calendar; give a date from {FIRST_DAY} to {LAST_DAY}")
    return index
