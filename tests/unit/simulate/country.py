"""What the tests of the simulation share: feeds, shapes in which one thing always happens, and the fold."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from stream.facts.parse import Accepted, parse_event
from stream.law.calendar import Calendar
from stream.law.clock import Clock
from stream.law.evaluate import evaluate
from stream.law.fact import Fact
from stream.law.rulebook import Rulebook
from stream.simulate.shape import Shape, published_figures

START = date(2026, 1, 5)
END = date(2026, 3, 31)
LONG_AFTER = datetime(2027, 6, 1, 12, tzinfo=UTC)
NEVER = dict.fromkeys(
    ("interrupted_workup", "interrupted_other", "not_covered", "excluded", "mistaken", "mistyped", "relapse"), 0.0
)

Event = dict[str, Any]


def shaped(*, chances: dict[str, float] | None = None, **weights: dict[str, float]) -> Shape:
    """Return the published shape with other chances and weights."""
    figures = published_figures()
    changed = msgspec.structs.replace(figures.chances, **(chances or {}))
    return Shape(msgspec.structs.replace(figures, chances=changed, **weights))


def accepted(events: Iterable[Event]) -> list[Accepted]:
    """Parse events, which must all be accepted."""
    parsed = [parse_event(event) for event in events]
    assert [one for one in parsed if not isinstance(one, Accepted)] == []
    return [one for one in parsed if isinstance(one, Accepted)]


def clocks(events: Iterable[Event], at: datetime = LONG_AFTER) -> list[Clock]:
    """Fold events into the clocks of all patients at a moment."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for one in accepted(events):
        if max(one.fact.time, one.fact.occurred_at) <= at:
            facts[one.fact.patient].append(one.fact)
    rulebook, calendar = Rulebook.load(), Calendar()
    return [clock for own in facts.values() for clock in evaluate(live(own), at, rulebook, calendar)]


def live(facts: list[Fact]) -> list[Fact]:
    """Return the facts that nothing retracts or replaces; the simulation never retracts a retraction."""
    gone = {ref for fact in facts for ref in (fact.retracts, fact.supersedes)}
    return [fact for fact in facts if fact.ref not in gone]


def waiting(found: Iterable[Clock]) -> list[Clock]:
    """Return the clocks of waiting rights."""
    return [clock for clock in found if not clock.right.startswith("information.")]
