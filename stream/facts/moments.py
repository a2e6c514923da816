"""Moments and dates as hospitals write them.

What is promised is RFC 3339 with an offset. Other ISO 8601 spellings that leave no doubt (an offset ``+01`` or
``+0100``, no seconds) are read too and marked; a moment without an offset is never guessed.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from stream.law.fact import local_date

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""A year outside these is a typing error from which no watch can be kept."""

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(?P<second>\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_LEAP_SECOND: Final = re.compile(r":60(?=[.,+-]|Z|$)")


def is_rfc3339(text: str) -> bool:
    """Tell whether `text` has the form of an RFC 3339 date and time."""
    return _RFC3339.fullmatch(text) is not None


def read_moment(text: object) -> datetime | None:
    """Return an aware UTC moment, or None: no text, no offset, no such time, or a year outside 1900-2199."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return _read_rarer(text)


def _read_rarer(text: str) -> datetime | None:
    """Read what RFC 3339 allows and Python does not: lower-case letters and the leap second."""
    upper, leaps = _LEAP_SECOND.subn(":59", text.strip().upper())
    try:
        moment = _in_utc(datetime.fromisoformat(upper))
    except (ValueError, OverflowError):
        return None
    return moment + timedelta(seconds=leaps) if moment else None


def _in_utc(moment: datetime) -> datetime | None:
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC)


def read_date(value: object) -> date:
    """Return a calendar date; of a moment with offset its date in Europe/Copenhagen. Raises ValueError."""
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("no date")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = _date_of_moment(value)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("year out of range")
    return day


def _date_of_moment(text: str) -> date:
    moment = read_moment(text)
    return local_date(moment) if moment else datetime.fromisoformat(text).date()
