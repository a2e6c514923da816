"""Looks at the log from outside, while a fault run goes on and after it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from stream.row import Row
from stream.worker.names import (
    ALERTS,
    CLOCKS,
    DEADLETTERS,
    FACTS,
    INBOX,
    INTAKE_GROUP,
    PROGRESS,
    ROWS,
    WATCH_GROUP,
    WATCHED,
)
from stream.worker.quarantine import patient_of
from stream.worker.transport import Record, TransportOptions, read_topic
from stream.worker.transport.fence import Fence
from tests.faults.checker import Commit, Evidence, Kept, Stored

log = logging.getLogger(__name__)


class Witness:
    """Notes every offset that is committed, and how far the workers say they are."""

    def __init__(self, brokers: str, partitions: int) -> None:
        self.brokers = brokers
        self.partitions = partitions
        self.watched: list[Commit] = []
        self.taken_in: list[Commit] = []
        self.progress: dict[int, dict[str, Any]] = {}
        self._committed: dict[tuple[str, TopicPartition], int] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._always(self._commits)), asyncio.create_task(self._always(self._tail))]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ends(self, *topics: str) -> dict[tuple[str, int], int]:
        """Return where the partitions end now; asks until Kafka answers."""
        places = [TopicPartition(topic, number) for topic in topics for number in range(self.partitions)]
        while True:
            try:
                async with asyncio.timeout(20), self._consumer() as consumer:
                    return {(tp.topic, tp.partition): end for tp, end in (await consumer.end_offsets(places)).items()}
            except (KafkaError, TimeoutError):
                await asyncio.sleep(0.5)

    def committed(self, group: str, topic: str) -> dict[tuple[str, int], int]:
        """Return what was last seen committed."""
        return {
            (tp.topic, tp.partition): offset
            for (name, tp), offset in self._committed.items()
            if (name, tp.topic) == (group, topic)
        }

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.brokers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=9000,
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()

    async def _always(self, work: Any) -> None:
        while True:
            try:
                await work()
            except (KafkaError, TimeoutError, OSError) as error:
                log.debug("the witness lost its broker: %r", error)
                await asyncio.sleep(0.5)

    async def _commits(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.brokers, request_timeout_ms=9000)
        try:
            await admin.start()
            async with self._consumer() as consumer:
                while True:
                    for group, witness, kept in (
                        (WATCH_GROUP, ROWS, self.watched),
                        (INTAKE_GROUP, FACTS, self.taken_in),
                    ):
                        async with asyncio.timeout(20):
                            await self._look(admin, consumer, group, witness, kept)
                    await asyncio.sleep(0.2)
        finally:
            await admin.close()

    async def _look(self, admin: Any, consumer: Any, group: str, witness: str, kept: list[Commit]) -> None:
        """First the commits, then the ends: what was stored before a commit lies below them."""
        found = {tp: each.offset for tp, each in (await admin.list_consumer_group_offsets(group)).items()}
        news = {tp: at for tp, at in found.items() if at >= 0 and self._committed.get((group, tp)) != at}
        if not news:
            return
        ends = await consumer.end_offsets([TopicPartition(witness, number) for number in range(self.partitions)])
        for tp, offset in news.items():
            self._committed[group, tp] = offset
            kept.append(Commit(tp.topic, tp.partition, offset, ends[TopicPartition(witness, tp.partition)]))

    async def _tail(self) -> None:
        async with self._consumer() as consumer:
            consumer.assign([TopicPartition(PROGRESS, number) for number in range(self.partitions)])
            await consumer.seek_to_beginning()
            while True:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        message = msgspec.json.decode(record.value)
                        self.progress[message["partition"]] = message


async def collect(options: TransportOptions, witness: Witness) -> Evidence:
    """Read the whole log."""
    clocks = {record.key: record.value for _, record in await _all(options, CLOCKS)}
    return Evidence(
        read={topic: list(_kept(await _all(options, topic))) for topic in WATCHED},
        inbox=list(_kept(await _all(options, INBOX))),
        changelog=changelog_of(await _all(options, ROWS)),
        clocks={key.decode(): msgspec.json.decode(value) for key, value in clocks.items() if key and value},
        ledger=[msgspec.json.decode(record.value or b"")["transition_id"] for _, record in await _all(options, ALERTS)],
        letters=[_letter(record) for _, record in await _all(options, DEADLETTERS)],
        watched=list(witness.watched),
        taken_in=list(witness.taken_in),
    )


def changelog_of(records: Iterable[tuple[int, Record]]) -> list[Stored]:
    """Return what a recovery would take in: a row of a former owner that came late is left out there, too."""
    fences: dict[int, Fence] = {}
    return [
        _stored(partition, standing)
        for partition, record in records
        for standing in fences.setdefault(partition, Fence()).standing([record])
    ]


async def _all(options: TransportOptions, topic: str) -> list[tuple[int, Record]]:
    return [each async for each in read_topic(options, topic)]


def _kept(records: Iterable[tuple[int, Record]]) -> Iterable[Kept]:
    for partition, record in records:
        found = msgspec.json.decode(record.value or b"{}")
        name = (found["source"], found["id"]) if "id" in found else None
        yield Kept(partition, record.offset, record.key or b"", name)


def _stored(partition: int, record: Record) -> Stored:
    key = record.key or b""
    is_row = record.value is not None and patient_of(key) is None
    return Stored(partition, record.offset, key, Row.decode(record.value or b"") if is_row else None)


def _letter(record: Record) -> Any:
    letter = msgspec.json.decode(record.value or b"")
    name = (letter["source"], letter["id"]) if letter.get("source") and letter.get("id") else None
    return name, letter["reason"]
