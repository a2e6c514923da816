"""A line while the facts are folded: one right of one pathway that was opened, and what happened to it."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from stream.law.clock import LimitName, Note
from stream.law.fact import Fact, Ref
from stream.law.offers import OfferState
from stream.law.rulebook import Right

ClosedBy = Literal["start", "interrupted", "not_covered"]


class Closing(msgspec.Struct, gc=False):
    """How and on which local date a line was closed."""

    kind: ClosedBy
    on: date
    fact: Fact


class EarlyStart(msgspec.Struct, frozen=True, gc=False):
    """A start that found no open clock, and whether a conference could have opened a line before it."""

    fact: Fact
    could_open: bool


class Line(msgspec.Struct, gc=False):
    """The state of one line. A line without a limit is no clock, but stays the open line with its number."""

    right: Right
    number: int
    unit: str | None
    opened_by: Fact
    limits: dict[LimitName, Fact] = {}
    starts: list[Ref] = []
    closing: Closing | None = None
    offers: list[OfferState] = []
    notes: list[Note] = []

    @property
    def is_open(self) -> bool:
        """Neither started, interrupted nor found not covered."""
        return self.closing is None

    @property
    def is_open_clock(self) -> bool:
        """Open, and at least one limit runs."""
        return self.closing is None and bool(self.limits)

    def closed_by_start_on(self, day: date) -> bool:
        """Tell whether a start on that local date closed it."""
        return self.closing is not None and self.closing.kind == "start" and self.closing.on == day

    def begin(self, limit: LimitName, fact: Fact) -> None:
        """Start a limit; a line that was no clock becomes one, owned by the fact's unit."""
        if not self.limits:
            self.unit = fact.unit
            self.opened_by = fact
        self.limits[limit] = fact
        self.starts.append(fact.ref)
        self.note("limit_started", fact, limit=limit, step=fact.step)

    def end_limit(self, limit: LimitName, fact: Fact) -> None:
        """End a limit, so that the next start begins it anew."""
        if self.limits.pop(limit, None) is not None:
            self.note("limit_ended", fact, limit=limit)

    def close(self, kind: ClosedBy, fact: Fact, day: date, **values: str) -> None:
        """Close the line; the first closing stands."""
        if self.closing is None:
            self.closing = Closing(kind, day, fact)
            self.note("closed_by_start" if kind == "start" else kind, fact, **values)

    def take(self, offer: OfferState) -> None:
        """Let an offered date belong to this line; a concrete own offer replaces the older ones for good."""
        if offer.concrete and offer.own:
            older = next((each for each in reversed(self.offers) if each.concrete and each.own), None)
            if older is not None:  # those before it were replaced when it came
                older.replaced = True
        self.offers.append(offer)

    def note(self, rule: str, fact: Fact, **values: str) -> None:
        """Keep a step of the history for the explanation."""
        self.notes.append(Note(fact.on, rule, fact.ref, tuple(values.items())))


def newest_open(lines: Sequence[Line]) -> Line | None:
    """Return the open line with the highest number, a clock or not."""
    return next((line for line in reversed(lines) if line.is_open), None)


def closed_by_start_on(lines: Sequence[Line], day: date) -> Line | None:
    """Return the newest line that a start on that local date closed."""
    return next((line for line in reversed(lines) if line.closed_by_start_on(day)), None)
