"""Nobody is told while a backlog is worked off, and it is not waited for for ever."""

import math
from dataclasses import dataclass, field

import pytest

from deploy.notifying.backlog import FEW, FRESH_SECONDS, MANY, Backlog
from stream.worker.transport.groups import Standing

LIMIT = 600.0


@dataclass
class Group:
    """A group that says what the test says, or nothing (None)."""

    waiting: int | None = None
    now: float = 0.0
    latest: Standing | None = None
    closed: bool = False

    async def look(self) -> None:
        if self.waiting is not None:
            self.latest = Standing({0: self.waiting, 1: 7}, {1: 7}, self.now - 0.1, self.now)

    async def close(self) -> None:
        self.closed = True


@dataclass
class Stream:
    now: float = 0.0
    intake: Group = field(default_factory=Group)
    watch: Group = field(default_factory=Group)
    read_at: float = math.inf
    """When that end of the ledger was seen to which it was read."""

    def __post_init__(self) -> None:
        self.backlog = Backlog((self.intake, self.watch), LIMIT, lambda at: self.read_at >= at, lambda: self.now)

    async def holds(self, now: float, intake: int | None, watch: int | None) -> bool:
        self.now = self.intake.now = self.watch.now = now
        self.intake.waiting, self.watch.waiting = intake, watch
        await self.backlog.look()
        return self.backlog.holds()


@pytest.fixture
def stream() -> Stream:
    return Stream()


async def test_the_load_of_a_day_is_no_backlog(stream: Stream) -> None:
    assert not await stream.holds(1, MANY, 0)


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


async def test_it_is_waited_for_as_long_as_for_a_deadline_and_the_next_one_anew(stream: Stream) -> None:
    assert await stream.holds(1, 10_000, 0)
    assert await stream.holds(LIMIT, 9_000, 0)
    assert not await stream.holds(LIMIT + 1, 8_000, 0)
    assert not await stream.holds(LIMIT + 2, 0, 0)
    assert await stream.holds(LIMIT + 3, 10_000, 0)


def test_before_the_first_look_nobody_is_told(stream: Stream) -> None:
    assert stream.backlog.holds()


async def test_where_nobody_says_how_much_waits_nothing_is_held_back(stream: Stream) -> None:
    assert not await stream.holds(1, None, None)
    assert await stream.holds(2, MANY + 1, None)


async def test_an_old_answer_holds_nothing_back(stream: Stream) -> None:
    assert await stream.holds(1, MANY + 1, 0)
    assert await stream.holds(1 + FRESH_SECONDS, None, None)
    assert not await stream.holds(1 + FRESH_SECONDS + 0.1, None, None)


async def test_connections_are_let_go(stream: Stream) -> None:
    await stream.backlog.close()
    assert stream.intake.closed
    assert stream.watch.closed
