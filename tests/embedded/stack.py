"""The whole stream in one process, on the embedded log unless another is given. For tests that read as promises."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from prometheus_client import CollectorRegistry

from stream.clock import Clock
from stream.worker.apps import Setup, build_intake_app, build_watch_app
from stream.worker.contracts import RowFormat, WatchEngine
from stream.worker.metrics import IntakeMetrics, WatchMetrics, dead_letter_counter
from stream.worker.names import ACTIONS, FACTS, INBOX, TICKS, WATCHED
from stream.worker.partition import partition_of
from stream.worker.quarantine import patient_of
from stream.worker.settings import StreamSettings
from stream.worker.transport import (
    Outgoing,
    Record,
    Sender,
    TransportOptions,
    declared_topics,
    ensure_topics,
    highwater,
    owned,
    read_topic,
    settled_upto,
)

PARTITIONS = 4
PATIENCE = 120.0


@dataclass
class ManualClock:
    """A clock that a test sets."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass
class Stack:
    """Watch, and intake if asked for, over one directory. Enter it as often as a process would be started."""

    directory: Path
    clock: Clock
    engine: WatchEngine
    rows: RowFormat | None = None
    intake: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    transport: TransportOptions | None = None

    async def __aenter__(self) -> Self:
        self.options = self.transport or TransportOptions(
            url=f"embedded:{self.directory}", replication=1, synchronous="normal", commit_interval=0.1, run=50
        )
        self.registry = CollectorRegistry()
        letters = dead_letter_counter(self.registry)
        quick = {"pulse": 0.02, "idle_progress": 0.05, "intake_look_interval": 0.02}
        given = {"partitions": PARTITIONS, **quick, **self.settings}
        self.setup = setup = Setup(self.options, self.clock, StreamSettings(**given))
        self.app, self.watch = build_watch_app(setup, self.engine, WatchMetrics(self.registry, letters), rows=self.rows)
        self.apps = [self.app]
        if self.intake:
            self.intake_metrics = IntakeMetrics(self.registry, letters)
            self.apps.append(build_intake_app(setup, self.intake_metrics))
        try:
            for app in self.apps:
                await ensure_topics(self.options, declared_topics(app), create=True)
                await app.start()
            await self.until(lambda: self.watch.is_recovered)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for app in reversed(self.apps):
            await app.stop()

    async def stop_intake(self) -> None:
        """Let intake stand still: what comes to the inbox waits."""
        await self.apps.pop().stop()

    async def start_intake(self) -> None:
        """Let intake come back as a new process would."""
        self.apps.append(build_intake_app(self.setup, self.intake_metrics))
        await self.apps[-1].start()

    async def send(self, topic: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Write facts, actions or ticks under their patients, or events to the inbox under no key."""
        records = []
        for message in messages:
            patient = message.get("partitionkey" if topic == FACTS else "patient")
            key = None if topic == INBOX else str(patient).encode()
            place = None if key is None else partition_of(key, PARTITIONS)
            records.append(Outgoing(topic, key, msgspec.json.encode(message), place))
        await self.write(records)

    async def write(self, records: Sequence[Outgoing]) -> None:
        async with Sender(self.options) as sender:
            await sender.send_many(records)

    async def facts(self, *events: Mapping[str, Any]) -> None:
        await self.send(FACTS, events)

    async def commands(self, *commands: Mapping[str, Any]) -> None:
        await self.send(ACTIONS, commands)

    async def read(self, topic: str) -> list[dict[str, Any]]:
        """Return all values of a topic."""
        return [msgspec.json.decode(record.value) for record in await self.records(topic) if record.value is not None]

    async def records(self, topic: str) -> list[Record]:
        return [record async for _, record in read_topic(self.options, topic)]

    async def latest(self, topic: str) -> dict[bytes, Any]:
        """Return the last value of each key that is left."""
        found = {record.key: record.value for record in await self.records(topic)}
        return {key: msgspec.json.decode(value) for key, value in found.items() if key and value is not None}

    def row(self, patient: str) -> Any:
        """Return the row of a patient as the table has it."""
        data = self.watch._table.data.get(patient.encode())
        return None if data is None else self.watch.folder.rows.decode(data)

    def all_rows(self) -> dict[bytes, Any]:
        data = self.watch._table.data.items()
        return {key: self.watch.folder.rows.decode(value) for key, value in data if patient_of(key) is None}

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"fristvagt_{name}", labels) or 0.0

    def is_settled(self, asked: float = 0.0) -> bool:
        """Tell whether everything sent before `asked` (monotonic) is applied, and nothing due is waiting.

        Kafka is asked for its ends now and then, and on a busy machine the last answer can be old: an end that was
        seen before the records were sent says nothing of them.
        """
        for app, topics in zip(self.apps, (WATCHED, (INBOX,)), strict=False):
            for topic in topics:
                if len(owned(app, topic)) < PARTITIONS:
                    return False
                for number in range(PARTITIONS):
                    end = highwater(app, topic, number)
                    if end is None or end.seen_at <= asked or settled_upto(app, topic, number) != end.offset:
                        return False
        now = self.clock.now()
        heaps = [partition.heap for partition in self.watch.deadlines.partitions.values()]
        return not any(due <= now for heap in heaps for due in heap._armed.values())

    async def settle(self) -> None:
        """Wait until nothing moves any more: first what was sent, then what intake and the deadlines made of it."""
        for _ in range(2):
            await self.until(partial(self.is_settled, time.monotonic()))
        await asyncio.sleep(0.06)
        await self.until(self.is_settled)

    async def until(self, condition: Any) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            for app in self.apps:
                if app.crashed:
                    raise AssertionError("the app has crashed") from app.crash_reason
            assert time.monotonic() < end, "it did not happen in time"
            await asyncio.sleep(0.01)

    async def ticks(self) -> list[dict[str, Any]]:
        return await self.read(TICKS)
