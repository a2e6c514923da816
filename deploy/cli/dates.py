"""Dates, spans and moments as they are typed on the command line."""

from datetime import date, datetime

from deploy.errors import BadInputError
from stream.clock import ClockSettingError, parse_moment


def day(text: str, option: str) -> date:
    """Read a local date. Raises BadInputError naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{option}: {text!r} is no date; write YYYY-MM-DD, such as 2026-02-02") from error


def span(text: str, option: str) -> tuple[date, date]:
    """Read two local dates with two dots between. Raises BadInputError naming the option."""
    first, dots, last = text.partition("..")
    if not dots:
        raise BadInputError(f"{option}: {text!r} is no span; write FROM..TO, such as 2026-02-02..2026-02-09")
    return day(first, option), day(last, option)


def moment(text: str, option: str) -> datetime:
    """Read a moment with offset as aware UTC. Raises BadInputError naming the option."""
    try:
        return parse_moment(text)
    except ClockSettingError as error:
        raise BadInputError(f"{option}: {error}") from error
