"""A long run of changes to the same keys keeps the file small, and keeping it small never holds up the loop."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from stream.worker.transport import Outgoing, StoreFullError, TopicSpec, TransportOptions
from stream.worker.transport.embedded import housekeeping, tables
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.housekeeping import keep_tidy, tidy
from stream.worker.transport.options import topic_config
from tests.unit.worker.transport.support import until

UPDATES, KEYS, RUN = 200_000, 1_000, 500
ROW, EVENT = bytes(300), bytes(200)
BOUND = 30_000_000
"""Bytes that file and write-ahead file may have together; what is written in all is more than twice that."""


@pytest.fixture
async def broker(options: TransportOptions) -> AsyncIterator[Broker]:
    broker = Broker(replace(options, housekeeping_interval=0.5))
    await broker.declare(TopicSpec("rows", 2, 1, topic_config(compacted=True, retention=None)))
    await broker.declare(TopicSpec("facts", 2, 1, topic_config(compacted=False, retention=0)))
    yield broker
    await broker.close()


def size_on_disk(broker: Broker) -> int:
    return sum(path.stat().st_size for path in broker.options.directory.iterdir())


def updates(start: int) -> list[Outgoing]:
    """A run of changes of rows, and an event for every tenth."""
    numbers = range(start, start + RUN)
    rows = [Outgoing("rows", b"k%d" % (n % KEYS), b"%d" % n + ROW, n % 2) for n in numbers]
    return rows + [Outgoing("facts", b"k", EVENT, n % 2) for n in numbers[::10]]


async def churn(broker: Broker, count: int, *, tidy_every: int | None = None) -> tuple[int, int]:
    """Write so many updates; return the bytes written, and the size of the files at their largest.

    Housekeeping comes after each `tidy_every` updates: far more than come between two of its rounds in earnest.
    """
    largest = written = 0
    for start in range(0, count, RUN):
        records = updates(start)
        await broker.append(records)
        written += sum(record.size for record in records)
        largest = max(largest, size_on_disk(broker))
        if tidy_every and not (start + RUN) % tidy_every:
            await tidy(broker)
    return written, largest


async def test_two_hundred_thousand_changes_of_a_thousand_keys_stay_within_bounds(broker: Broker) -> None:
    watch = LoopWatch()
    written, largest = await churn(broker, UPDATES, tidy_every=20_000)
    print(f"{written} bytes written, {largest} on disk at the most; {watch.end()}")  # noqa: T201 - measured
    assert written > 2 * BOUND
    assert largest < BOUND


async def test_without_housekeeping_the_same_check_fails(broker: Broker) -> None:
    written, largest = await churn(broker, UPDATES // 2)
    assert largest > written > BOUND


async def test_a_file_shrinks_after_a_burst(broker: Broker) -> None:
    await churn(broker, 10_000)
    before = (await broker.query(tables.pages))[0]
    await tidy(broker)
    pages, free = await broker.query(tables.pages)
    assert pages < before / 2
    assert free <= max(housekeeping._PAGES, pages // 4)


async def test_a_burst_is_not_left_until_the_interval_is_over(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_BURST", 1_500)
    monkeypatch.setattr(housekeeping, "_LOOK", 0.01)
    monkeypatch.setattr(housekeeping, "_WORTH_IT", 100)
    broker.options = replace(broker.options, housekeeping_interval=3600)
    keeper = asyncio.create_task(keep_tidy(broker))
    await until(lambda: broker.logs["rows", 1].kept is not None)
    await churn(broker, 5_000)
    await until(lambda: broker.logs["rows", 0].kept == KEYS // 2)
    keeper.cancel()


class LoopWatch:
    """How long the loop stands still: by the clock, and by the time its own thread computes."""

    def __init__(self) -> None:
        self.by_clock = self.by_work = 0.0
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            clock, work = time.monotonic(), time.thread_time()
            await asyncio.sleep(0.001)
            self.by_clock = max(self.by_clock, time.monotonic() - clock)
            self.by_work = max(self.by_work, time.thread_time() - work)

    def end(self) -> str:
        self._task.cancel()
        return f"the loop stood still for {self.by_clock * 1000:.0f} ms at most, {self.by_work * 1000:.0f} ms of work"


async def test_housekeeping_leaves_the_loop_its_turns(broker: Broker) -> None:
    await churn(broker, 50_000)
    watch = LoopWatch()
    assert await tidy(broker) > 45_000
    print(watch.end())  # noqa: T201 - measured
    assert watch.by_work < 0.1


async def test_a_store_gets_in_between_the_steps_of_housekeeping(broker: Broker) -> None:
    await churn(broker, 10_000)
    tidying, stores = asyncio.create_task(tidy(broker)), 0
    while not tidying.done():
        await broker.append([Outgoing("facts", b"k", b"v", 0)])
        stores += 1
    assert stores > 5


async def test_a_failure_is_told_in_a_line_and_tried_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    async def full(_: Broker) -> int:
        tries.append(1)
        raise StoreFullError("the file cannot grow")

    monkeypatch.setattr(housekeeping, "tidy", full)
    broker.options = replace(broker.options, housekeeping_interval=0.01)
    with caplog.at_level(logging.ERROR):
        keeping = asyncio.create_task(keep_tidy(broker))
        await until(lambda: len(tries) > 1)
        keeping.cancel()
    assert caplog.messages[0].endswith("until it works again: the file cannot grow")
