"""A Kafka of the benchmark's own, its topics, and what lies in them."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry

from stream.clock import WallClock
from stream.worker.apps import Setup, build_intake_app, build_watch_app
from stream.worker.metrics import IntakeMetrics, WatchMetrics, dead_letter_counter
from stream.worker.settings import StreamSettings
from stream.worker.transport import TopicSpec, TransportOptions, declared_topics, end_offsets, ensure_topics, read_topic
from tests.servers.kafka import Kafka
from tests.unit.engine.events import ENGINE

PARTITIONS = 12
"""As delivered."""
PATIENCE = 30
"""Seconds until topics that were made must be there."""


class Span(NamedTuple):
    """What was written to some topics: how many records, and when the first and the last (epoch seconds)."""

    records: int
    first: float
    last: float

    @property
    def seconds(self) -> float:
        return self.last - self.first


@contextlib.contextmanager
def broker() -> Iterator[TransportOptions]:
    """Run a broker until the end of the block. Its data are thrown away."""
    with tempfile.TemporaryDirectory(prefix="fristvagt-bench-") as folder:
        kafka = Kafka(Path(folder))
        kafka.start()
        try:
            yield TransportOptions(url=f"kafka://{kafka.bootstrap}", replication=1)
        finally:
            kafka.kill()


def bootstrap(options: TransportOptions) -> str:
    """The broker's host and port."""
    return ",".join(options.bootstrap)


def our_topics(options: TransportOptions) -> list[TopicSpec]:
    """All topics of intake and worker, Faust's own among them."""
    registry = CollectorRegistry()
    letters = dead_letter_counter(registry)
    setup = Setup(options, WallClock(), StreamSettings(partitions=PARTITIONS))
    intake = build_intake_app(setup, IntakeMetrics(registry, letters))
    watch, _ = build_watch_app(setup, ENGINE, WatchMetrics(registry, letters))
    return list({spec.name: spec for app in (intake, watch) for spec in declared_topics(app)}.values())


def make_topics(options: TransportOptions) -> None:
    """Make all topics that intake and worker need."""
    _make(options, our_topics(options))


def _make(options: TransportOptions, specs: Sequence[TopicSpec]) -> None:
    """Make topics; a broker says a moment later only that they are there."""
    end = time.monotonic() + PATIENCE
    while found := asyncio.run(ensure_topics(options, specs, create=True)):
        if time.monotonic() > end:
            raise RuntimeError("; ".join(map(str, found)))
        time.sleep(0.2)


def make_output(options: TransportOptions, name: str) -> None:
    """Make a topic for a baseline's output; its records carry the moment at which the broker stored them."""
    spec = TopicSpec(name, PARTITIONS, 1, {"message.timestamp.type": "LogAppendTime"})
    _make(options, [spec])


def length(options: TransportOptions, topic: str) -> int:
    """How many records were ever written to a topic."""
    return sum(asyncio.run(end_offsets(options, topic)).values())


def span(options: TransportOptions, topics: Sequence[str]) -> Span:
    """What was written to the topics."""
    return asyncio.run(_span(options, topics))


async def _span(options: TransportOptions, topics: Sequence[str]) -> Span:
    stamps = [record.timestamp for topic in topics async for _, record in read_topic(options, topic)]
    return Span(len(stamps), min(stamps), max(stamps))
