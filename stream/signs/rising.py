"""Whether more clocks of a unit go over by the patient's wish than in its own past.

The test is Fisher's exact one, one-sided: had nothing changed, all closed clocks of window and past would be one urn,
and the window a draw from it. That also counts how little may be known of the past, which a fixed share would not.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from math import exp, lgamma
from typing import Final, NamedTuple

from stream.signs.settings import Rising
from stream.signs.sign import Sign

WISH: Final = "over_patient_wish"
MONTHS: Final = 12


class Group(NamedTuple):
    """Closed clocks of one kind: the unit that had them, the month (YYYY-MM) in which they closed, the outcome."""

    unit: str
    month: str
    outcome: str


class Tally(NamedTuple):
    """Closed clocks, and those of them that went over by the patient's wish."""

    wished: int
    closed: int


def rising(counts: Mapping[Group, int], today: date, setting: Rising) -> tuple[Sign, ...]:
    """Return a sign for each unit whose share rises, by unit. `counts` are closed clocks; `today` is a local date."""
    if not setting.on:
        return ()
    begin = _number(today) - setting.window_months + 1
    now = _tallies(counts, begin, _number(today) + 1)
    past = _tallies(counts, begin - setting.past_months, begin)
    since = date(begin // MONTHS, begin % MONTHS + 1, 1)
    return tuple(
        _sign(unit, tally, past[unit], since, setting.owner)
        for unit, tally in sorted(now.items())
        if unit in past and _rises(tally, past[unit], setting)
    )


def chance(now: Tally, past: Tally) -> float:
    """Return how likely so many in the window would be, had nothing changed (Fisher's exact test, one-sided)."""
    wished, closed = now.wished + past.wished, now.closed + past.closed
    every = _ways(closed, now.closed)
    most = min(wished, now.closed)
    terms = (
        exp(_ways(wished, each) + _ways(closed - wished, now.closed - each) - every)
        for each in range(max(now.wished, now.closed - (closed - wished)), most + 1)
    )
    return min(1.0, sum(terms))


def _rises(now: Tally, past: Tally, setting: Rising) -> bool:
    if now.wished < setting.minimum or past.closed < setting.past_minimum:
        return False
    # Shares compared without dividing: a past without any is below every share.
    marked = now.wished * past.closed >= setting.ratio * past.wished * now.closed
    return marked and chance(now, past) <= setting.level


def _tallies(counts: Mapping[Group, int], first: int, end: int) -> dict[str, Tally]:
    """Add up the months from `first` up to, not including, `end`, by unit."""
    found: dict[str, Tally] = defaultdict(lambda: Tally(0, 0))
    for group, count in counts.items():
        if first <= _number(date.fromisoformat(f"{group.month}-01")) < end:
            before = found[group.unit]
            wished = count if group.outcome == WISH else 0
            found[group.unit] = Tally(before.wished + wished, before.closed + count)
    return dict(found)


def _sign(unit: str, now: Tally, past: Tally, since: date, owner: str) -> Sign:
    detail = {"wished": now.wished, "closed": now.closed, "past_wished": past.wished, "past_closed": past.closed}
    return Sign("patient_wish_rising", None, None, None, unit, since, owner, detail)


def _number(day: date) -> int:
    """Return the number of a month, so that months can be counted."""
    return day.year * MONTHS + day.month - 1


def _ways(many: int, chosen: int) -> float:
    """Return the logarithm of the number of ways to choose."""
    return lgamma(many + 1) - lgamma(chosen + 1) - lgamma(many - chosen + 1)
