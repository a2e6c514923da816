import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from deploy.demo.feed import Item
from deploy.demo.feeder import BATCH, Feeder, due_batches
from deploy.demo.state import DemoState, Memory, StateFile, Story

START = datetime(2026, 2, 2, 7, tzinfo=UTC)


def items(number: int, at: datetime = START) -> list[Item]:
    return [Item(at, str(index).encode()) for index in range(number)]


def test_what_is_due_is_sent_together() -> None:
    assert list(due_batches(iter(items(3)), lambda: START)) == [[b"0", b"1", b"2"]]


def test_batches_have_an_upper_size() -> None:
    sizes = [len(batch) for batch in due_batches(iter(items(BATCH + 1)), lambda: START)]
    assert sizes == [BATCH, 1]


def test_what_is_not_due_waits_until_it_is() -> None:
    moments = iter([START, START, START, START + timedelta(days=1), START + timedelta(days=1)])
    feed = [*items(1), Item(START + timedelta(days=1), b"later")]
    assert list(due_batches(iter(feed), lambda: next(moments))) == [[b"0"], [], [b"later"]]


class Bench:
    """A feeder over a feed, that sends into a list."""

    def __init__(self, folder: Path, feed: list[Item], position: int = 0) -> None:
        self.file = StateFile(folder)
        self.sent: list[bytes] = []
        self.busy = False
        state = DemoState(story=Story(start=START), reached=START, speed=1.0, position=position)
        self.feeder = Feeder(feed, Memory(self.file, state), self._send, lambda: self.busy)

    async def _send(self, events: Sequence[bytes]) -> None:
        self.sent += events

    async def run_until(self, number: int) -> None:
        await self.feeder.start()
        async with asyncio.timeout(5):
            while len(self.sent) < number:  # noqa: ASYNC110 - the list is filled by what is tested
                await asyncio.sleep(0.01)
        await self.feeder.stop()


async def test_everything_that_is_due_is_sent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, items(3))
    await bench.run_until(3)
    assert bench.sent == [b"0", b"1", b"2"]


async def test_a_further_start_goes_on_where_the_last_one_was(tmp_path: Path) -> None:
    bench = Bench(tmp_path, items(5), position=3)
    await bench.run_until(2)
    assert bench.sent == [b"3", b"4"]


async def test_what_was_sent_is_remembered(tmp_path: Path) -> None:
    bench = Bench(tmp_path, items(5))
    await bench.run_until(5)
    state = bench.file.load()
    assert state is not None
    assert state.position == 5


async def test_nothing_is_sent_while_the_apps_are_busy(tmp_path: Path) -> None:
    bench = Bench(tmp_path, items(1))
    bench.busy = True
    await bench.feeder.start()
    await asyncio.sleep(0.1)
    await bench.feeder.stop()
    assert bench.sent == []


async def test_a_feed_at_its_end_is_no_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path, items(1))
    await bench.feeder.start()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.feeder.ended(), 0.1)
    await bench.feeder.stop()


async def test_a_feeder_that_fails_says_why(tmp_path: Path) -> None:
    def broken() -> bool:
        raise RuntimeError("no room")

    bench = Bench(tmp_path, items(1))
    bench.feeder._busy = broken
    await bench.feeder.start()
    assert "no room" in await bench.feeder.ended()
    await bench.feeder.stop()


def test_the_feed_is_read_only_as_far_as_needed() -> None:
    feed = (Item(START, b"x") for _ in range(10**9))
    assert len(list(islice(due_batches(feed, lambda: START), 2))) == 2
