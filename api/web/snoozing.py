"""Until when an alert may rest: the few moments that the page offers, none of them past the next tier. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from alerts.deciding import Rest as Longest
from alerts.tiers import Thresholds, Tier
from api.web.dates import clock_time, date_and_time
from stream.acting import longest_rest
from stream.clock import format_moment
from stream.law.calendar import Calendar
from stream.law.clock import Clock
from stream.law.fact import COPENHAGEN, local_date

SHORT: Final = timedelta(hours=2)
MORNING: Final = time(8)
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rest:
    """A moment that can be chosen. `until` is RFC 3339 in UTC."""

    name: str
    text: str
    until: str


def rests(clock: Clock, tier: Tier, thresholds: Thresholds, now: datetime, calendar: Calendar) -> list[Rest]:
    """Return the moments until which the alert of an open clock may rest, the nearest first."""
    longest = longest_rest(clock, tier, thresholds, now, calendar)
    offered = _offered(longest, now)
    return [Rest(name, text, format_moment(until)) for name, text, until in offered if until <= longest.until]


def _offered(longest: Longest, now: datetime) -> Iterator[tuple[str, str, datetime]]:
    short = now + SHORT
    morning = datetime.combine(local_date(now) + ONE_DAY, MORNING, COPENHAGEN).astimezone(UTC)
    yield "to-timer", f"I to timer, til kl. {clock_time(short)}", short
    if morning != longest.until:
        yield "i-morgen", f"Til i morgen kl. {clock_time(morning)}", morning
    over = longest.bound == "past_one_working_day"
    step = "Til næste arbejdsdag" if over else "Til varslet bliver mere alvorligt"
    yield "naeste-trin", f"{step}, {date_and_time(longest.until)}", longest.until
