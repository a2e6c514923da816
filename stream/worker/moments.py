"""At which moment a record is evaluated, and what the clock said at a moment of monotonic time."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stream.clock import Clock, FeedClock
from stream.facts.moments import read_moment

_KEPT = 4096
"""Readings that are remembered: a quarter of an hour at five a second."""


class UndatedFactError(ValueError):
    """A fact from the log has no moment at which it could be evaluated."""


def moment_for(clock: Clock, event: Mapping[str, Any], evaluated_at: datetime | None) -> datetime:
    """Return the moment (aware, UTC) at which a fact is evaluated.

    It is the clock's present. A feed clock follows the facts instead: each is evaluated at its own recorded
    time, or at the patient's last evaluation if that is later, and takes the clock along. Raises UndatedFactError.
    """
    if not isinstance(clock, FeedClock):
        return clock.now()
    recorded = read_moment(event.get("time") or event["data"]["occurred_at"])
    if recorded is None:
        raise UndatedFactError("a fact has no readable time: intake refuses such events, so the facts log is damaged")
    clock.advance(recorded)
    return recorded if evaluated_at is None else max(recorded, evaluated_at)


class Moments:
    """What the clock said when, by monotonic time: the ends of partitions are stamped in monotonic seconds."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, datetime]] = deque(maxlen=_KEPT)

    def note(self, monotonic: float, moment: datetime) -> None:
        """Remember a reading. Readings come in order of `monotonic`."""
        self._readings.append((monotonic, moment))

    def at(self, monotonic: float) -> datetime | None:
        """Return the last moment read at or before `monotonic`; None if that is too long ago to know."""
        return next((moment for seen, moment in reversed(self._readings) if seen <= monotonic), None)
