"""A Faust app as a part of this process, and what it can say of its health."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from deploy.topics import advice
from stream.worker.reach import Reach
from stream.worker.transport import (
    TopicError,
    TransportError,
    WorkerApp,
    committed,
    declared_topics,
    ensure_topics,
    highwater,
    owned,
    run_app,
    settled_upto,
)
from stream.worker.transport.running import crash_reason

PATIENCE_SECONDS: Final = 60.0
"""How long a partition may be behind, or its committed offset stand still, before the app is not ready."""

Monotonic = Callable[[], float]
Nothing: Callable[[], list[str]] = list


class AppPart:
    """Runs an app until it is stopped. Topics it needs are made first where `create` says so, else they must exist."""

    def __init__(self, name: str, app: WorkerApp, *, stop_seconds: float, create: bool) -> None:
        self.name = name
        self._app = app
        self._stop_seconds = stop_seconds
        self._create = create
        self._asked = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the app; it takes its partitions in the background. Raises TopicError when topics are not right."""
        differences = await ensure_topics(self._app.options, declared_topics(self._app), create=self._create)
        if differences:
            raise TopicError("; ".join(advice(each) for each in differences))
        self._running = asyncio.create_task(
            run_app(self._app, stop=self._asked, grace=self._stop_seconds, exit_process=lambda _: None), name=self.name
        )

    async def stop(self) -> None:
        """Let the app finish its run, commit and leave."""
        self._asked.set()
        if self._running is not None:
            await self._running

    async def ended(self) -> str:
        """Wait until the app has ended by itself and return why."""
        if self._running is not None:
            await asyncio.wait([self._running])  # not awaited itself: whoever stops waiting must not cancel the app
            error = self._running.exception()
            if isinstance(error, TransportError):
                return str(error)  # it could not start
        return f"the app crashed: {crash_reason(self._app)}"


class _Standing(NamedTuple):
    """A committed offset, and since when it stands there (monotonic seconds)."""

    offset: int | None
    since: float


@dataclass(slots=True)
class AppProbe:
    """Judges an app each time it is asked. `further` adds reasons why it is not ready."""

    name: str
    app: Any
    topics: Sequence[str]
    further: Callable[[], list[str]] = Nothing
    monotonic: Monotonic = time.monotonic
    _reaches: dict[tuple[str, int], Reach[float]] = field(default_factory=dict)
    _standing: dict[tuple[str, int], _Standing] = field(default_factory=dict)

    def dead(self) -> list[str]:
        """Return why the app can no longer work."""
        return [f"{self.name}: the app crashed"] if self.app.crashed else []

    def not_ready(self) -> list[str]:
        """Return why the app is not up to date."""
        if reasons := self.dead():
            return reasons
        if not self.app.started or self.app.rebalancing:
            return [f"{self.name}: partitions are being handed out"]
        spots = [(topic, number) for topic in self.topics for number in self._owned(topic)]
        if not spots:
            return [f"{self.name}: has no partition yet"]
        return [*self.further(), *(reason for spot in spots for reason in self._behind(*spot))]

    def backlog(self) -> int | None:
        """Return how many records are still to be read, or None while the app has no partitions."""
        spots = [(topic, number) for topic in self.topics for number in self._owned(topic)]
        ends = [(highwater(self.app, *spot), settled_upto(self.app, *spot)) for spot in spots]
        return sum(end.offset - (settled or 0) for end, settled in ends if end is not None) if spots else None

    def _owned(self, topic: str) -> list[int]:
        return sorted(owned(self.app, topic)) if self.app.started and not self.app.rebalancing else []

    def _behind(self, topic: str, number: int) -> list[str]:
        end, settled = highwater(self.app, topic, number), settled_upto(self.app, topic, number)
        where, now = f"{self.name}: {topic}-{number}", self.monotonic()
        if end is None or settled is None:
            return [f"{where} is not being read yet"]
        reach = self._reaches.setdefault((topic, number), Reach())
        reach.look(now, {topic: end.offset}, {topic: settled})
        if reach.reached is None or now - reach.reached > PATIENCE_SECONDS:
            return [f"{where} has {end.offset - settled} records still to read"]
        return self._stuck(where, (topic, number), end.offset)

    def _stuck(self, where: str, spot: tuple[str, int], end: int) -> list[str]:
        now, offset = self.monotonic(), committed(self.app, *spot)
        before = self._standing.get(spot)
        if before is None or before.offset != offset or (offset or 0) >= end:
            self._standing[spot] = before = _Standing(offset, now)
        waited = now - before.since
        return [f"{where} has committed nothing for {waited:.0f} s"] if waited > PATIENCE_SECONDS else []
