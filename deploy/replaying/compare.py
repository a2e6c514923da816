"""What another reading, rulebook or rulebook date would change: the same facts judged twice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from stream.engine import Engine
from stream.law.clock import Clock
from stream.law.evaluate import evaluate
from stream.row import Row

EXAMPLES: Final = 5
"""Pathways named for each kind of change."""
NO_CLOCK: Final = "no clock"

Change = tuple[str, str, str]
"""A right, the outcome (closed) or state (open) as it is, and as it would be."""


@dataclass(slots=True)
class Comparison:
    """Clocks by what happens to them. `moved` counts, by right, the days that deadlines move (later: positive)."""

    clocks: Counter[Change] = field(default_factory=Counter)
    moved: dict[str, Counter[int]] = field(default_factory=dict)
    examples: dict[Change, list[str]] = field(default_factory=dict)

    def add(self, other: "Comparison") -> None:
        """Add another slice."""
        self.clocks += other.clocks
        for right, days in other.moved.items():
            self.moved.setdefault(right, Counter()).update(days)
        for change, pathways in other.examples.items():
            self._name(change, *pathways)

    def take(self, here: Clock | None, there: Clock | None) -> None:
        """Note one clock as it is, and as it would be."""
        known = here or there
        if known is None:
            return
        change = (known.right, _kind(here), _kind(there))
        self.clocks[change] += 1
        if here is not None and there is not None and here.deadline != there.deadline:
            self.moved.setdefault(known.right, Counter())[(there.deadline - here.deadline).days] += 1
        if change[1] != change[2]:
            self._name(change, known.pathway)

    def _name(self, change: Change, *pathways: str) -> None:
        named = self.examples.setdefault(change, [])
        named.extend(pathways[: EXAMPLES - len(named)])

    def changes(self) -> Iterator[dict[str, Any]]:
        """Yield what changes, by right, with examples; the most frequent first."""
        for change, number in self.clocks.most_common():
            right, now, then = change
            if now != then:
                yield {
                    "right": right,
                    "from": now,
                    "to": then,
                    "clocks": number,
                    "pathways": self.examples.get(change, []),
                }


def _kind(clock: Clock | None) -> str:
    return NO_CLOCK if clock is None else clock.outcome or clock.state


def compare(row: Row, clocks: Sequence[Clock], other: Engine, at: datetime, into: Comparison) -> None:
    """Judge a patient's record by the other engine too. Clocks are matched by pathway, right and line."""
    theirs = evaluate(row.record.live(at), at, other.rulebook, other.calendar)
    here = {_identity(clock): clock for clock in clocks}
    there = {_identity(clock): clock for clock in theirs}
    for identity in {**here, **there}:
        into.take(here.get(identity), there.get(identity))


def _identity(clock: Clock) -> tuple[str, str, int]:
    return (clock.pathway, clock.right, clock.line)
