"""The calendar that the law counts with: public holidays, working days, and the days a department is staffed as usual.

Two kinds of day must not be mixed. A *working day* (hverdag) is what the statute counts in the duty to inform:
Monday to Friday and no public holiday. A *staffed day* (ordinary working day) is one on which a department can
still do something: a target and the days left are counted in those. All dates are local dates in Europe/Copenhagen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

from stream.law.calendar_holidays import (
    FIRST_DAY,
    Bilingual,
    CalendarReading,
    SpecialDay,
    public_holidays,
    special_dates,
    special_days,
)
from stream.law.calendar_series import DaySeries
from stream.law.errors import LawError

SATURDAY: Final = 5
NO_CLOSURES: Final[Mapping[str, frozenset[date]]] = MappingProxyType({})
CAUTIOUS: Final = CalendarReading()

DayOffKind = Literal["public_holiday", "special_day", "weekend", "closing_day"]

__all__ = ["CAUTIOUS", "Calendar", "CalendarReading", "DayOff", "DayOffKind"]


@dataclass(frozen=True, slots=True)
class DayOff:
    """Why a department is not staffed as usual on a day. `name` is given for holidays and special days."""

    kind: DayOffKind
    name: Bilingual | None = None


class Calendar:
    """Danish days from 1899 to 2100 and the closing days that units have declared.

    `closures` maps a unit's SOR code to its closing days; a unit that is not in it, or none, has none. Every method
    raises CalendarRangeError for a date outside those years.
    """

    def __init__(
        self, closures: Mapping[str, frozenset[date]] = NO_CLOSURES, reading: CalendarReading = CAUTIOUS
    ) -> None:
        self.reading = reading
        self.closures = dict(closures)
        self._holidays = public_holidays()
        self._special = _special_dates()
        self._working = _working_days(reading)
        self._staffed = _staffed_days()
        self._staffed_in = {unit: self._staffed.without(days) for unit, days in self.closures.items()}

    def is_public_holiday(self, day: date) -> bool:
        """Tell whether the day is a public holiday by law: Store bededag until 2023, never 1 May or 5 June."""
        return day in self._holidays

    def holiday_name(self, day: date) -> Bilingual | None:
        """Return the public holiday's name in Danish and English, or None."""
        return self._holidays.get(day)

    def is_working_day(self, day: date) -> bool:
        """Tell whether the day is a working day (hverdag) of the duty to inform, under the reading in force."""
        return day in self._working

    def add_working_days(self, start: date, days: int) -> date:
        """Return the date `days` (0 or more) working days after `start`; the start is day 0 whatever day it is."""
        if days < 0:
            raise LawError(f"cannot count {days} working days forward; give 0 or more")
        return self._working.nth(self._working.upto(start) + days) if days else start

    def next_working_day(self, day: date) -> date:
        """Return the first working day on or after `day`, where a reading lets a deadline roll to it."""
        return self._working.nth(self._working.upto(day) + (day not in self._working))

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative when `end` comes first."""
        return self._working.upto(end) - self._working.upto(start)

    def is_staffed(self, day: date, unit: str | None) -> bool:
        """Tell whether the day is an ordinary working day of the unit."""
        return day in self._series(unit)

    def day_off(self, day: date, unit: str | None) -> DayOff | None:
        """Say why the unit is not staffed as usual on the day, or None when it is."""
        if name := self._holidays.get(day):
            return DayOff("public_holiday", name)
        if day.weekday() >= SATURDAY:
            return DayOff("weekend")
        if special := self._special.get(day):
            return DayOff("special_day", special.name)
        return None if self.is_staffed(day, unit) else DayOff("closing_day")

    def target(self, deadline: date, unit: str | None) -> date:
        """Return the unit's last ordinary working day on or before the deadline."""
        staffed = self._series(unit)
        return staffed.nth(staffed.upto(deadline))

    def staffed_days_left(self, today: date, target: date, unit: str | None) -> int:
        """Count the unit's ordinary working days after `today` up to and including `target`; never below 0."""
        staffed = self._series(unit)
        return max(0, staffed.upto(target) - staffed.upto(today))

    def next_staffed_day(self, day: date, unit: str | None) -> date:
        """Return the unit's first ordinary working day after `day`."""
        staffed = self._series(unit)
        return staffed.nth(staffed.upto(day) + 1)

    def staffed_threshold(self, target: date, days: int, unit: str | None) -> date:
        """Return the first date on which `days` or fewer ordinary working days are left before the target.

        That is where a warning tier begins. `days` is 0 or more; so many that no date has more: the first day known.
        """
        staffed = self._series(unit)
        number = staffed.upto(target) - days
        return staffed.nth(number) if number > 0 else FIRST_DAY

    def _series(self, unit: str | None) -> DaySeries:
        return self._staffed if unit is None else self._staffed_in.get(unit, self._staffed)


@cache
def _special_dates() -> Mapping[date, SpecialDay]:
    return {on: day for day in special_days() for on in special_dates(day)}


@cache
def _working_days(reading: CalendarReading) -> DaySeries:
    special = _special_dates()
    return DaySeries.of(
        lambda day: _is_plain_weekday(day) and (day not in special or bool(getattr(reading, special[day].setting)))
    )


@cache
def _staffed_days() -> DaySeries:
    special = _special_dates()
    return DaySeries.of(lambda day: _is_plain_weekday(day) and day not in special)


def _is_plain_weekday(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in public_holidays()
