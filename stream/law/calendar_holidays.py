"""Which days are public holidays in Denmark, and which others no hospital runs as ordinary working days.

The public holidays come from the `holidays` library. Its optional days (1 May, 5 June, 24 and 31 December) are no
public holidays in Danish law and are left out; those that are still no ordinary working days stand in
``calendar_days.toml`` with the setting that says whether they count as working days in law.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

import holidays

FIRST_DAY: Final = date(1899, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)

Bilingual = dict[str, str]
"""A text in Danish and English: {"da": ..., "en": ...}."""


@dataclass(frozen=True, slots=True)
class CalendarReading:
    """Which days that are no public holidays count as working days (hverdage) under Sundhedsloven § 90.

    No source says; counting them gives the earliest deadline. None of them is an ordinary, staffed working day.
    """

    constitution_day_counts: bool = True
    christmas_eve_counts: bool = True
    new_years_eve_counts: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "CalendarReading":
        """Take the reading from the settings of a rulebook; those that are not about the calendar are left alone."""
        return cls(**{each.name: bool(settings[each.name]) for each in fields(cls) if each.name in settings})


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day of the year on which no hospital works as usual, though it is no public holiday."""

    setting: str
    month: int
    day: int
    name: Bilingual


@cache
def public_holidays() -> Mapping[date, Bilingual]:
    """Return the name of every Danish public holiday from FIRST_DAY to LAST_DAY."""
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    danish = holidays.country_holidays("DK", years=years, language="da")
    english = holidays.country_holidays("DK", years=years, language="en_US")
    return {day: {"da": name, "en": english[day]} for day, name in danish.items()}


@cache
def special_days() -> tuple[SpecialDay, ...]:
    """Return the days that are neither public holidays nor ordinary working days, from the data file."""
    text = resources.files("stream.law").joinpath("calendar_days.toml").read_text(encoding="utf-8")
    return tuple(SpecialDay(**day) for day in tomllib.loads(text)["day"])


def special_dates(day: SpecialDay) -> Iterator[date]:
    """Give the date of a special day in every year of the calendar."""
    for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
        yield date(year, day.month, day.day)
