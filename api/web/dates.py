"""Dates and times as Danes write them. Local dates; moments are shown in Europe/Copenhagen. Pure."""

from datetime import date, datetime
from typing import Final

from stream.law.fact import COPENHAGEN

WEEKDAYS: Final = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
MONTHS: Final = (
    "januar", "februar", "marts", "april", "maj", "juni",
    "juli", "august", "september", "oktober", "november", "december",
)  # fmt: skip
SHORT_MONTHS: Final = (
    "jan.", "feb.", "marts", "apr.", "maj", "juni", "juli", "aug.", "sept.", "okt.", "nov.", "dec."
)  # fmt: skip

MINUTE: Final = 60
HOUR: Final = 3600


def long_date(day: date) -> str:
    """Write a date in full: mandag den 2. februar 2026."""
    return f"{WEEKDAYS[day.weekday()]} den {day.day}. {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date, today: date | None = None) -> str:
    """Write a date in short: man. 2. feb. The year follows where it is not that of `today`."""
    text = f"{WEEKDAYS[day.weekday()][:3]}. {day.day}. {SHORT_MONTHS[day.month - 1]}"
    return text if today is not None and today.year == day.year else f"{text} {day.year}"


def clock_time(moment: datetime) -> str:
    """Write the time of day of an aware moment: 14.32."""
    return moment.astimezone(COPENHAGEN).strftime("%H.%M")


def date_and_time(moment: datetime) -> str:
    """Write an aware moment: man. 2. feb. 2026 kl. 14.32."""
    return f"{short_date(moment.astimezone(COPENHAGEN).date())} kl. {clock_time(moment)}"


def ago(seconds: float) -> str:
    """Write a span in words, rounded down: 12 sekunder, 3 minutter, 2 timer."""
    if seconds < MINUTE:
        return _number(seconds, "sekund", "sekunder")
    if seconds < HOUR:
        return _number(seconds / MINUTE, "minut", "minutter")
    return _number(seconds / HOUR, "time", "timer")


def _number(value: float, one: str, many: str) -> str:
    number = int(value)
    return f"{number} {one if number == 1 else many}"
