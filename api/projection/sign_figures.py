"""Figures of the leading signs: how many of each kind in each region, and how old the last round is."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge

from stream.clock import parse_moment


class Round(msgspec.Struct, frozen=True):
    """A round that is over. `ended` is wall time, `at` the moment that was looked at (both RFC 3339, UTC).

    `counts` are signs by name and region; `failed` counts patients that could not be looked at.
    """

    ended: str
    at: str
    counts: tuple[tuple[str, str, int], ...]
    failed: int

    @property
    def ended_at(self) -> datetime:
        """When it ended (aware, wall time)."""
        return parse_moment(self.ended)


class SignFigures:
    """The figures in one registry. Every projector shows the last round, whoever did it: ask for the maximum."""

    def __init__(self, registry: CollectorRegistry, now: Callable[[], datetime]) -> None:
        self._now = now
        self._ended = now()
        self._signs = Gauge(
            "fristvagt_signs", "Leading signs beside open clocks", ["sign", "region"], registry=registry
        )
        self._failed = Gauge("fristvagt_signs_failed_patients", "Patients not looked at for signs", registry=registry)
        self.failed_turns = Counter("fristvagt_signs_failed_turns", "Turns that ended in an error", registry=registry)
        age = Gauge("fristvagt_signs_round_age_seconds", "Time since all patients were looked at", registry=registry)
        age.set_function(self._age)

    def show(self, last: Round) -> None:
        """Show a round that is over."""
        self._ended = last.ended_at
        self._failed.set(last.failed)
        self._signs.clear()
        for name, region, count in last.counts:
            self._signs.labels(name, region).set(count)

    def _age(self) -> float:
        """Return the age of the last round in seconds; before the first one, that of this process."""
        return (self._now() - self._ended).total_seconds()
