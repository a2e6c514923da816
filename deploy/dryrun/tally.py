"""What a dry run would have sent in a span of local days, counted. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from alerts.notifier.news import WARNINGS
from deploy.dryrun.sent import Notice, Outcome, Outgoing
from stream.law.fact import local_date

UNKNOWN_UNIT: Final = "unknown unit"
NO_TIER: Final = "none"


@dataclass(frozen=True, slots=True)
class Span:
    """Local dates in Europe/Copenhagen, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many calendar days."""
        return (self.last - self.first).days + 1

    def holds(self, moment: datetime) -> bool:
        """Tell whether an aware moment lies on one of the days."""
        return self.first <= local_date(moment) <= self.last


@dataclass(slots=True)
class Tally:
    """The counts of a span.

    `messages` by recipient and local date; `told`: the items of all messages by tier and what they say. `alerts` by
    unit and tier: one that comes to a tier counts once, however many people are told. `digested` items went with others
    in a morning's digest, `merged` ones because their recipient was above the policy's messages an hour. `holes` by
    unit and tier: nobody could be told.
    """

    span: Span
    messages: Counter[tuple[str, date]] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    digested: int = 0
    merged: int = 0
    holes: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        """All messages."""
        return self.messages.total()

    @property
    def items(self) -> int:
        """All that the messages say: one for each alert in each message."""
        return self.told.total()


def count(outcome: Outcome, span: Span) -> Tally:
    """Count what left on the days of a span."""
    tally = Tally(span)
    told: set[tuple[str, str | None, datetime]] = set()
    for message in outcome.sent:
        for notice in _new(message, told):
            if span.holds(message.at):
                tally.alerts[notice.unit or UNKNOWN_UNIT, notice.tier or NO_TIER] += 1
        if span.holds(message.at):
            _take(tally, message)
    tally.holes.update(
        (hole.unit or UNKNOWN_UNIT, hole.tier or NO_TIER) for hole in outcome.holes if span.holds(hole.at)
    )
    return tally


def _new(message: Outgoing, told: set[tuple[str, str | None, datetime]]) -> Iterator[Notice]:
    """Yield the warnings that nobody was sent before, and remember them."""
    for notice in message.notices:
        warning = (notice.alert_id, notice.tier, notice.since)
        if notice.what in WARNINGS and warning not in told:
            told.add(warning)
            yield notice


def _take(tally: Tally, message: Outgoing) -> None:
    tally.messages[message.recipient, local_date(message.at)] += 1
    tally.told.update((notice.tier or NO_TIER, notice.what) for notice in message.notices)
    if len({notice.alert_id for notice in message.notices}) > 1:
        if all(notice.digest for notice in message.notices):
            tally.digested += len(message.notices)
        else:
            tally.merged += len(message.notices)
