"""Days and hours of the simulation, as whole numbers, so that a country's moments sort and print fast.

A day is a proleptic ordinal; a moment is seconds of local time (ordinal * 86400 + second of the day). All moments
lie between 07:30 and 21:00 in Europe/Copenhagen: far from the hour in which the clocks change, so that local order is
true order.
"""

from datetime import date, datetime, time
from functools import cache
from random import Random
from typing import Final

from stream.law.calendar import Calendar
from stream.law.fact import COPENHAGEN

DAY: Final = 86_400
OPENS: Final = 7 * 3600 + 1800
CLOSES: Final = 15 * 3600 + 2700
SATURDAY: Final = 5
LAST_ENTRY: Final = 21 * 3600
"""Second of the day after which nothing is recorded any more."""


class Days:
    """Ordinary working days of a calendar, looked up by ordinal."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[int, bool] = {}

    def is_working(self, day: int) -> bool:
        """Say whether departments are staffed as usual on the day."""
        if day not in self._known:
            self._known[day] = self._calendar.is_staffed(date.fromordinal(day), None)
        return self._known[day]

    def on_or_after(self, day: int) -> int:
        """Return the first working day on or after the day."""
        while not self.is_working(day):
            day += 1
        return day

    def after(self, day: int, number: int) -> int:
        """Return the working day that comes `number` working days after the day (0: the day itself or the next)."""
        day = self.on_or_after(day)
        for _ in range(number):
            day = self.on_or_after(day + 1)
        return day

    def between(self, first: int, last: int) -> list[int]:
        """Return the working days from `first` to `last`, both included."""
        return [day for day in range(first, last + 1) if self.is_working(day)]

    def saturday(self, day: int) -> int:
        """Return the Saturday of the day's week; a Sunday stays."""
        return max(day, day + SATURDAY - date.fromordinal(day).weekday())

    def choose(self, rng: Random, first: int, last: int) -> int:
        """Draw a working day from `first` to `last`; where there is none, the last day."""
        working = self.between(first, last)
        return working[int(rng.random() * len(working))] if working else last


def hour(rng: Random, day: int, after: int) -> int:
    """Draw a moment of the day's working hours, later than the moment `after`."""
    moment = day * DAY + OPENS + int(rng.random() * (CLOSES - OPENS))
    if moment > after:
        return moment
    return min(after + 120 + int(rng.random() * 1500), max(after + 1, day * DAY + LAST_ENTRY))


def day_of(moment: int) -> int:
    """Return the day of a moment."""
    return moment // DAY


@cache
def date_text(day: int) -> str:
    """Write the day as YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


@cache
def _offset(day: int) -> str:
    noon = datetime.combine(date.fromordinal(day), time(12), COPENHAGEN)
    return noon.isoformat()[-6:]


@cache
def _clock_text(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def stamp(moment: int) -> str:
    """Write a moment as RFC 3339 with the offset of Europe/Copenhagen."""
    day, second = divmod(moment, DAY)
    return f"{date_text(day)}T{_clock_text(second)}{_offset(day)}"
