"""The embedded log of a directory, shared by all Faust apps, senders and tasks of this process."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from faust.types import TP

from stream.clock import WallClock
from stream.worker.partition import partition_of
from stream.worker.transport.embedded import tables
from stream.worker.transport.embedded.failures import explained
from stream.worker.transport.embedded.files import DirectoryLock, database_path, open_for_reading, open_for_writing
from stream.worker.transport.embedded.layout import MAX_PARTITIONS, log_of
from stream.worker.transport.embedded.writer import Writer
from stream.worker.transport.errors import TopicError
from stream.worker.transport.options import TopicSpec, TransportOptions
from stream.worker.transport.ownership import Batch
from stream.worker.transport.producing import Outgoing

Result = TypeVar("Result")


@dataclass(slots=True)
class Log:
    """What the event loop knows of a partition: the range of offsets that is committed to the file."""

    number: int
    first: int
    end: int
    appended: int = 0
    """Records that came since the last compaction."""
    kept: int | None = None
    """Keys that the last compaction found; None: there was none in this process."""


class Broker:
    """Topics, committed offsets and wake-ups of one directory. Lives in one event loop; SQLite works in threads.

    Nothing here blocks the loop: writes go to the writer's thread, reads to another, and only committed ends are seen.
    """

    def __init__(self, options: TransportOptions) -> None:
        """Open the directory. Raises StoreLockedError, StoreFormatError, StoreDamagedError, StoreAccessError."""
        self.options = options
        self.path = database_path(options.directory)
        self._lock = DirectoryLock(options.directory)
        try:
            db, self._seal = open_for_writing(options.directory, options.synchronous)
        except BaseException:
            self._lock.release()
            raise
        self.topics = tables.topics(db)
        self.logs = {
            TP(name, p): Log(number, _first(db, topic, number), tables.end_offset(db, number))
            for name, topic in self.topics.items()
            for p, number in enumerate(tables.logs_of(topic))
        }
        self._writer = Writer(db, self._seal)
        self._reader = ThreadPoolExecutor(1, "embedded-reader")
        self.members: dict[str, object] = {}
        """Consumer groups and their one member."""
        self._reading = self._reader.submit(open_for_reading, options.directory).result()
        self._appended = asyncio.Event()

    async def close(self) -> None:
        """Write what is queued, close the file and let the directory go.

        The writing connection goes last: it then takes the write-ahead file in, and one file is all there is to copy.
        """
        self._reader.shutdown()
        if self._reading is not None:
            self._reading.close()
        await self._writer.close()
        self._seal.close()
        self._lock.release()

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` in a transaction in the writer's thread. Raises TransportError."""
        with explained(self.path):
            return await asyncio.shield(self._writer.submit(work))

    async def query(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work`, which only reads, in the reader's thread."""
        assert self._reading is not None  # noqa: S101 - the writer has made the file
        with explained(self.path):
            return await asyncio.get_running_loop().run_in_executor(self._reader, work, self._reading)

    # Topics

    async def declare(self, spec: TopicSpec) -> None:
        """Make a topic if there is none, else give it the policy of `spec`. Raises TopicError."""
        if spec.partitions > MAX_PARTITIONS:
            raise TopicError(f"{spec.name}: the embedded log takes {MAX_PARTITIONS} partitions at most")
        found = self.topics.get(spec.name)
        if found and (found.spec.partitions, found.spec.config) == (spec.partitions, dict(spec.config)):
            return
        topic = await self.write(partial(tables.declare, spec=spec))
        self.topics[spec.name] = topic
        for p in range(spec.partitions):
            self.logs.setdefault(TP(spec.name, p), Log(log_of(topic.id, p), 0, 0))

    def partitions(self, topic: str) -> int | None:
        """Return how many partitions a topic has, or None if there is none of that name."""
        found = self.topics.get(topic)
        return found.spec.partitions if found else None

    # Records

    async def append(
        self, outgoing: Sequence[Outgoing], settles: tuple[str, Mapping[TP, int]] | None = None
    ) -> list[tuple[int, int]]:
        """Write records, and how far a group has come with them, in one transaction. Raises TransportError.

        `settles` is a group, and its offsets by partition. Returns partition and offset of each record.
        """
        now = WallClock().now().timestamp()
        places = [self._place(record) for record in outgoing]
        records = [
            tables.NewRecord(self.logs[tp].number, now, o.key, o.value, o.headers)
            for tp, o in zip(places, outgoing, strict=True)
        ]
        note = None if settles is None else (settles[0], self._numbered(settles[1]))
        written = self._writer.submit(partial(_store, records=records, note=note))
        written.add_done_callback(partial(self._publish, places))
        with explained(self.path):
            offsets = await asyncio.shield(written)
        return [(tp.partition, offset) for tp, offset in zip(places, offsets, strict=True)]

    def _place(self, record: Outgoing) -> TP:
        count = self.partitions(record.topic)
        if count is None:
            raise TopicError(f"there is no topic {record.topic}: declare it first")
        partition = record.partition
        if partition is None:
            partition = partition_of(record.key, count) if record.key is not None else 0
        if not 0 <= partition < count:
            raise TopicError(f"{record.topic} has {count} partitions; there is no {partition}")
        return TP(record.topic, partition)

    def _publish(self, places: Sequence[TP], written: asyncio.Future[list[int]]) -> None:
        """Show committed records to readers. Runs even if whoever wrote them has gone away."""
        if written.exception() is not None:
            return
        for tp, offset in zip(places, written.result(), strict=True):
            self.logs[tp].end = max(self.logs[tp].end, offset + 1)
            self.logs[tp].appended += 1
        self._appended.set()
        self._appended = asyncio.Event()

    async def fetch(self, wants: Mapping[TP, int], limit: int, timeout: float) -> dict[TP, Batch]:  # noqa: ASYNC109 - a long poll
        """Read up to `limit` records of each partition from the offsets wanted; wait up to `timeout` s for any."""
        waiter = self._appended
        ready = {tp: want for tp, want in wants.items() if want < self.logs[tp].end}
        if not ready:
            try:
                await asyncio.wait_for(waiter.wait(), timeout)
            except TimeoutError:
                return {}
            ready = {tp: want for tp, want in wants.items() if want < self.logs[tp].end}
        asked = [(tp, self.logs[tp].number, want, self.logs[tp].end) for tp, want in ready.items()]
        return await self.query(partial(_read_batches, asked=asked, limit=limit)) if asked else {}

    # Groups

    async def commit(self, group: str, offsets: Mapping[TP, int]) -> None:
        """Note how far a group has come."""
        await self.write(partial(tables.commit, consumers=group, offsets=self._numbered(offsets)))

    def _numbered(self, offsets: Mapping[TP, int]) -> dict[int, int]:
        return {self.logs[tp].number: offset for tp, offset in offsets.items()}

    async def committed(self, group: str, partitions: Iterable[TP]) -> dict[TP, int]:
        """Return how far a group has come in those of `partitions` that it ever committed."""
        found = await self.query(partial(tables.committed, consumers=group))
        return {tp: found[number] for tp in partitions if (number := self.logs[tp].number) in found}


def _store(
    db: sqlite3.Connection, records: Sequence[tables.NewRecord], note: tuple[str, Mapping[int, int]] | None
) -> list[int]:
    offsets = tables.append(db, records)
    if note is not None:
        tables.commit(db, *note)
    return offsets


def _first(db: sqlite3.Connection, topic: tables.StoredTopic, log: int) -> int:
    """Compaction leaves gaps, as in Kafka; only retention moves the beginning."""
    return 0 if topic.spec.compacted else tables.first_offset(db, log)


def _read_batches(db: sqlite3.Connection, asked: Sequence[tuple[TP, int, int, int]], limit: int) -> dict[TP, Batch]:
    batches = {}
    for tp, number, start, end in asked:
        records = tables.read(db, number, start, end, limit)
        batches[tp] = Batch(start, records, records[-1].offset + 1 if len(records) == limit else end)
    return batches
