"""A small app that tests look at: it counts records per key, copies each to `out`, and remembers the runs it saw."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from stream.worker.transport import (
    Outbox,
    Outgoing,
    Run,
    Sender,
    TransportOptions,
    WorkerApp,
    build_app,
    declared_topics,
    ensure_topics,
    read_topic,
    rows_table,
    settled_together,
    topic,
    topics,
)
from stream.worker.transport.embedded.housekeeping import tidy
from stream.worker.transport.embedded.sharing import acquire, release

IN, OUT = "in", "out"
PARTITIONS = 3

Work = Callable[[Run, Outbox], Awaitable[None]]


class Copier:
    """An app with one agent over `in` that counts and copies. `before_store` gets each run before it is stored.

    `together` is how many records it takes at once, about; `taken` how many runs it took each time.
    """

    def __init__(
        self,
        options: TransportOptions,
        *,
        before_store: Work | None = None,
        name: str = "copier",
        prefix: str = "",
        partitions: int = PARTITIONS,
        compacted: bool = False,
        together: int = 1,
        **settings: Any,
    ) -> None:
        self.options = options
        self.runs: list[Run] = []
        self.taken: list[int] = []
        self._together = together
        self.source, self.out = prefix + IN, prefix + OUT
        self.app: WorkerApp = build_app(prefix + name, options, **settings)
        topic(self.app, self.source, partitions, compacted=compacted)
        topic(self.app, self.out, partitions)
        self.rows = rows_table(self.app, "rows", partitions)
        self._before_store = before_store
        self.app.agent(topics(self.app, self.source), name="copy")(self._work)

    async def _work(self, stream: Any) -> None:
        async for runs in settled_together(stream, self._together):
            self.taken.append(len(runs))
            box = Outbox(self.app)
            for run in runs:
                self._copy(run, box)
                if self._before_store:
                    await self._before_store(run, box)
            await box.store()

    def _copy(self, run: Run, box: Outbox) -> None:
        self.runs.append(run)
        for record in run.records:
            box.send(self.out, record.key, record.value, partition=run.partition)
            if record.key is not None:
                count = int(box.get(self.rows, record.key) or b"0") + 1
                box.put(self.rows, record.key, b"%d" % count, partition=run.partition)

    @property
    def values(self) -> list[bytes | None]:
        """The values of all records seen, in the order in which they came."""
        return [record.value for run in self.runs for record in run.records]

    @property
    def counts(self) -> dict[bytes, int]:
        """The table."""
        return {key: int(row) for key, row in self.rows.data.data.items()}

    async def saw(self, count: int, seconds: float = 60) -> None:
        """Wait until `count` records came."""
        await until(lambda: len(self.values) >= count, seconds)


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it comes true somewhere inside Faust
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(*copiers: Copier) -> AsyncIterator[None]:
    """Run apps while the block lasts, and end them in good order."""
    for copier in copiers:
        await copier.app.start()
    try:
        yield
    finally:
        for copier in copiers:
            async with asyncio.timeout(60):
                await copier.app.stop()


async def make_topics(copier: Copier) -> None:
    """Make what the app needs."""
    assert not await ensure_topics(copier.options, declared_topics(copier.app), create=True)


async def feed(
    options: TransportOptions,
    values: Sequence[bytes],
    *,
    name: str = IN,
    key: bytes | None = b"k",
    partition: int = 0,
) -> None:
    """Append records to `in`, or to the topic of another name."""
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(name, key, value, partition) for value in values])


async def feed_all(options: TransportOptions, name: str, count: int, start: int = 0) -> None:
    """Append the same numbers to each partition of a topic, under a key of each."""
    for partition in range(PARTITIONS):
        await feed(options, numbers(count, start), name=name, key=b"k%d" % partition, partition=partition)


async def stored(options: TransportOptions, name: str) -> list[bytes | None]:
    """Return the values that a topic holds."""
    return [record.value async for _, record in read_topic(options, name)]


async def tidy_all(options: TransportOptions) -> int:
    """Run retention and compaction now, whether worth it or not."""
    broker = acquire(options)
    for log in broker.logs.values():
        log.kept = None
    deleted = await tidy(broker)
    await release(broker)
    return deleted


def numbers(count: int, start: int = 0) -> list[bytes]:
    """Return b'0', b'1', ..."""
    return [b"%d" % n for n in range(start, start + count)]
