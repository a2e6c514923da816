"""A clock's story: the events of its patient folded again, for explanation, offers and the steps taken."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stream.facts.parse import fact_from_event
from stream.facts.record import Record
from stream.law.calendar import Calendar
from stream.law.clock import Clock, Offer
from stream.law.evaluate import evaluate
from stream.law.explain import explain
from stream.law.fact import local_date
from stream.law.rulebook import Rulebook

logger = logging.getLogger(__name__)

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """What lies behind a clock. `agrees`: the events give the `clock` that was published.

    It does not for a moment while a new event is on its way through the watch, and for longer only if something is
    wrong; readers are told so.
    """

    explanation: list[dict[str, Any]]
    offers: tuple[Offer, ...]
    events: list[Event]
    agrees: bool
    clock: Clock | None = None


class Storyteller:
    """Folds and explains with one rulebook and calendar, those of the watch."""

    def __init__(self, rulebook: Rulebook, calendar: Calendar) -> None:
        self._rulebook = rulebook
        self._calendar = calendar

    def tell(self, stored: Mapping[str, Any], events: Sequence[Event], now: datetime) -> Story:
        """Return the story of a published clock from all events of its patient, at an aware moment."""
        told = [event for event in events if _ref(event) in {(ref["source"], ref["id"]) for ref in stored["facts"]}]
        told.sort(key=lambda event: str(event["data"]["occurred_at"]))
        try:
            clock = self._fold(stored, events, now)
        except Exception:
            # One patient that cannot be folded must not take the page away: the watch reports it, the reader is told.
            logger.exception("a clock could not be explained", extra={"pathway": stored["pathway"]})
            clock = None
        if clock is None:
            return Story([], (), told, agrees=False)
        items = explain(clock, local_date(now), self._calendar, self._rulebook)
        agrees = (clock.deadline.isoformat(), clock.state) == (stored["deadline"], stored["state"])
        return Story(items, clock.offers, told, agrees, clock)

    def _fold(self, stored: Mapping[str, Any], events: Sequence[Event], now: datetime) -> Clock | None:
        record = Record()
        for event in events:
            record = record.add(fact_from_event(event))
        clocks = evaluate(record.live(now), now, self._rulebook, self._calendar)
        wanted = (stored["pathway"], stored["right"], stored["line"])
        return next((clock for clock in clocks if (clock.pathway, clock.right, clock.line) == wanted), None)


def _ref(event: Event) -> tuple[str, str]:
    return (event["source"], event["id"])
