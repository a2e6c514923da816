"""When the worker's word may be passed on: only an end that was seen after it counts."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from api.projection.as_of import AsOf
from api.projection.keys import Keys, Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Ends
from stream.worker.names import CLOCKS
from tests.web.samples import progress


class Memory:
    """The few commands of Redis that are asked, over dictionaries."""

    def __init__(self) -> None:
        self.words = [progress()]
        self.applied: dict[str, int] = {}
        self.kept: dict[str, str] = {}

    async def hvals(self, _key: str) -> list[bytes]:
        return self.words

    async def mget(self, names: list[str]) -> list[Any]:
        return [self.applied.get(name) for name in names]

    async def set(self, name: str, value: str) -> None:
        self.kept[name] = value


class Topics:
    """One partition a topic; the clocks end where the test says, seen when it says."""

    def __init__(self) -> None:
        self.end, self.seen_at = 5, 0.0

    async def ends(self, topic: str, _since: float | None = None) -> Ends:
        return Ends({0: self.end if topic == CLOCKS else 0}, self.seen_at)


@pytest.fixture
def redis() -> Memory:
    return Memory()


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def as_of(redis: Memory, topics: Topics) -> AsOf:
    metrics = ProjectorMetrics.create(CollectorRegistry())
    return AsOf(Store(redis, Keys("n")), topics, metrics, 1)  # type: ignore[arg-type]


async def test_an_end_seen_before_the_word_was_read_says_nothing(redis: Memory, topics: Topics, as_of: AsOf) -> None:
    topics.seen_at, redis.applied = 9.0, {f"n:applied:{CLOCKS}:0": 5}
    await as_of.look(lambda: 10.0)
    assert redis.kept == {}


async def test_an_end_seen_after_the_word_was_read_redeems_it(redis: Memory, topics: Topics, as_of: AsOf) -> None:
    topics.seen_at, redis.applied = 11.0, {f"n:applied:{CLOCKS}:0": 5}
    await as_of.look(lambda: 10.0)
    assert redis.kept == {"n:as_of": "2026-02-02T08:00:00Z"}


async def test_the_word_waits_until_the_read_model_has_come_that_far(
    redis: Memory, topics: Topics, as_of: AsOf
) -> None:
    topics.seen_at, redis.applied = 11.0, {f"n:applied:{CLOCKS}:0": 4}
    await as_of.look(lambda: 10.0)
    assert redis.kept == {}
    redis.applied[f"n:applied:{CLOCKS}:0"] = 5
    await as_of.look(lambda: 12.0)
    assert redis.kept == {"n:as_of": "2026-02-02T08:00:00Z"}


async def test_without_a_word_nothing_is_kept(redis: Memory, topics: Topics, as_of: AsOf) -> None:
    redis.words, topics.seen_at = [], 11.0
    await as_of.look(lambda: 10.0)
    assert redis.kept == {}
