"""Nobody is told while a backlog is worked off, and it is not waited for for ever."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from deploy.notifying.backlog import AGAIN_SECONDS, FEW, FRESH_SECONDS, MANY, Backlog
from stream.worker.transport.groups import Standing

LIMIT = 600.0
LAW = datetime(2026, 2, 2, 12, tzinfo=UTC)


@dataclass
class Group:
    """A group that says what the test says, or nothing (None)."""

    monotonic: Callable[[], float]
    waiting: int | None = None
    latest: Standing | None = None
    asked: int = 0
    closed: bool = False

    async def look(self) -> None:
        self.asked += 1
        if self.waiting is not None:
            now = self.monotonic()
            self.latest = Standing({0: self.waiting, 1: 7}, {1: 7}, now, now)

    async def close(self) -> None:
        self.closed = True


@dataclass
class Stream:
    now: float = 0.0
    read_at: float = math.inf
    """When that end of the ledger was seen to which it was read."""
    intake: Group = field(init=False)
    watch: Group = field(init=False)

    def __post_init__(self) -> None:
        self.intake, self.watch = Group(lambda: self.now), Group(lambda: self.now)
        self.backlog = Backlog((self.intake, self.watch), LIMIT, lambda at: self.read_at >= at, lambda: self.now)

    async def holds(self, now: float, intake: int | None, watch: int | None) -> bool:
        self.now, self.intake.waiting, self.watch.waiting = now, intake, watch
        await self.backlog.look()
        return self.backlog.holds()


@pytest.fixture
def stream() -> Stream:
    return Stream()


async def test_the_load_of_a_day_is_no_backlog(stream: Stream) -> None:
    assert not await stream.holds(1, MANY, 0)
    assert stream.backlog.told_upto(LAW) == LAW


@pytest.mark.parametrize(("intake", "watch"), [(MANY + 1, 0), (0, MANY + 1), (MANY // 2 + 1, MANY // 2 + 1)])
async def test_what_waits_for_intake_and_for_the_watch_is_one_backlog(stream: Stream, intake: int, watch: int) -> None:
    assert await stream.holds(1, intake, watch)


async def test_it_is_over_when_hardly_anything_waits(stream: Stream) -> None:
    assert await stream.holds(1, MANY + 1, 0)
    assert await stream.holds(2, FEW + 1, 0)
    assert not await stream.holds(3, FEW, 0)
    assert not await stream.holds(4, MANY, 0)


async def test_it_is_over_when_what_came_of_it_is_read_in_the_ledger(stream: Stream) -> None:
    assert await stream.holds(1, MANY + 1, 0)
    stream.read_at = 2.9
    assert await stream.holds(3, 0, 0)
    stream.read_at = 3
    assert not await stream.holds(4, 0, 0)


async def test_one_that_grows_again_is_still_the_same(stream: Stream) -> None:
    assert await stream.holds(1, MANY + 1, 0)
    stream.read_at = 2
    assert await stream.holds(3, 0, 0)
    assert await stream.holds(4, MANY + 1, 0)
    stream.read_at = 5
    assert await stream.holds(6, 0, 0)


async def test_each_warning_waits_as_long_as_a_deadline_however_long_it_lasts(stream: Stream) -> None:
    assert await stream.holds(1, MANY + 1, 0)
    assert await stream.holds(10 * LIMIT, 99 * MANY, 0)
    assert stream.backlog.told_upto(LAW) == LAW - timedelta(seconds=LIMIT)


def test_before_the_first_look_it_waits(stream: Stream) -> None:
    assert stream.backlog.holds()


@pytest.mark.parametrize(("intake", "watch"), [(None, 0), (0, None)])
async def test_where_nobody_says_how_much_waits_it_waits_for_a_moment_only(
    stream: Stream, intake: int | None, watch: int | None
) -> None:
    assert not await stream.holds(1, 0, 0)
    assert await stream.holds(1000, intake, watch)
    assert await stream.holds(1000 + 2 * AGAIN_SECONDS, intake, watch)
    assert not await stream.holds(1000 + FRESH_SECONDS, intake, watch)
    assert await stream.holds(2000, MANY + 1, 0)


@pytest.mark.parametrize(("intake", "watch"), [(None, None), (99 * MANY, None), (None, 99 * MANY)])
async def test_a_backlog_that_is_known_stays_until_somebody_says_that_it_is_over(
    stream: Stream, intake: int | None, watch: int | None
) -> None:
    assert await stream.holds(1, MANY + 1, 0)
    assert await stream.holds(1000, intake, watch)
    assert await stream.holds(2000, intake, watch)
    assert not await stream.holds(3000, 0, 0)


async def test_one_answer_that_much_waits_is_enough(stream: Stream) -> None:
    assert await stream.holds(1, MANY + 1, None)
    assert await stream.holds(1000, MANY + 1, None)


async def test_who_does_not_answer_is_not_asked_each_time(stream: Stream) -> None:
    for now in (1.0, 2.0, 3.0, 1 + AGAIN_SECONDS):
        await stream.holds(now, None, None)
    assert stream.intake.asked == 2


async def test_connections_are_let_go(stream: Stream) -> None:
    await stream.backlog.close()
    assert stream.intake.closed
    assert stream.watch.closed
