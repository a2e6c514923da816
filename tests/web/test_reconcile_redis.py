"""Reconciliation of a real Redis: documents altered, lost or left over are found, and come back with a repair."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Ends, Projector
from stream.reconcile.differences import Kind
from stream.worker.transport import Record, TransportOptions, end_offsets, read_topic
from tests.embedded.feeds import outgoing
from tests.embedded.mending import AT, FEED, looked, repaired
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

pytestmark = pytest.mark.redis


class Topics:
    """The topics of a log that nobody writes, for a projector."""

    def __init__(self, options: TransportOptions) -> None:
        self.options = options

    async def ends(self, topic: str, since: float | None = None) -> Ends:
        return Ends(await end_offsets(self.options, topic), time.monotonic())

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Record]:
        async for _, record in read_topic(self.options, topic, partition=partition, start=start, end=end):
            yield record


def stack_in(directory) -> Stack:
    options = TransportOptions(url=f"embedded:{directory}", replication=1, synchronous="normal", run=50)
    return Stack(directory, ManualClock(AT), ENGINE, intake=True, transport=options)


async def _live(stack: Stack) -> None:
    async with stack as running:
        await running.write(outgoing(FEED[:120], PARTITIONS))
        await running.settle()


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    directory = tmp_path_factory.mktemp("lived") / "log"
    asyncio.run(_live(stack_in(directory)))
    return directory


@pytest.fixture
def stack(tmp_path, lived) -> Stack:
    shutil.copytree(lived, tmp_path / "log")
    return stack_in(tmp_path / "log")


@pytest.fixture
def options(stack) -> TransportOptions:
    return stack.transport


async def project(options, store) -> None:
    """Bring the read model up to the ends of the topics."""
    await Projector(store, Topics(options), ProjectorMetrics.create(CollectorRegistry())).fill()


@pytest.fixture
async def filled(options, store):
    await project(options, store)
    return store


async def mended(stack, store) -> Counter:
    async with stack as running:
        await running.settle()
    await project(stack.transport, store)
    return (await looked(stack.transport, store)).counts


async def a_clock(store) -> tuple[bytes, dict]:
    name, value = next(iter((await store.redis.hgetall(store.keys.clocks)).items()))
    return name, msgspec.json.decode(value)


async def test_a_filled_read_model_does_not_differ(options, filled) -> None:
    report = await looked(options, filled)
    assert (report.counts, report.redis, report.waiting) == (Counter(), "compared", 0)


async def test_what_the_projector_has_not_applied_is_waiting_and_no_difference(options, filled) -> None:
    applied = filled.keys.applied("fristvagt.clocks", 0)
    messages = int(await filled.redis.get(applied))
    await filled.redis.set(applied, 0)
    await filled.redis.delete(filled.keys.clocks)
    report = await looked(options, filled)
    assert messages > 0
    assert 0 < report.waiting < report.counts[Kind.REDIS_CLOCK]


async def test_an_altered_document_is_found_and_published_again(stack, options, filled) -> None:
    name, clock = await a_clock(filled)
    await filled.redis.hset(filled.keys.clocks, name, msgspec.json.encode(clock | {"deadline": "2030-01-01"}))
    report = await repaired(options, filled)
    assert (report.counts[Kind.REDIS_CLOCK], report.sent) == (1, 1)
    assert await mended(stack, filled) == Counter()


async def test_a_deleted_document_is_found_and_published_again(stack, options, filled) -> None:
    name, _ = await a_clock(filled)
    await filled.redis.hdel(filled.keys.clocks, name)
    report = await repaired(options, filled)
    assert (report.counts[Kind.REDIS_CLOCK], report.sent) == (1, 1)
    assert await mended(stack, filled) == Counter()


async def test_a_pathway_left_over_is_taken_out(stack, options, filled) -> None:
    name, value = next(iter((await filled.redis.hgetall(filled.keys.pathways)).items()))
    stray = msgspec.json.decode(value) | {"clock_ids": [], "revision": 40}
    await filled.redis.hset(filled.keys.pathways, b"left-over", msgspec.json.encode(stray))
    report = await repaired(options, filled)
    assert (name != b"left-over", report.counts) == (True, Counter({Kind.REDIS_CLOCK: 1}))
    assert await mended(stack, filled) == Counter()


async def test_an_alert_that_is_not_as_the_ledger_leaves_it_needs_a_new_fill(options, filled) -> None:
    name, value = next(iter((await filled.redis.hgetall(filled.keys.alerts)).items()))
    await filled.redis.hset(filled.keys.alerts, name, msgspec.json.encode(msgspec.json.decode(value) | {"reason": "x"}))
    report = await repaired(options, filled)
    assert (report.counts[Kind.REDIS_ALERT], report.sent) == (1, 0)
    assert "fristvagt:meta" in next(iter(report.obstacles.values()))


async def test_the_new_fill_that_is_advised_puts_everything_right(options, filled) -> None:
    await filled.redis.delete(filled.keys.alerts, filled.keys.name("live", "clocks"))
    assert set((await looked(options, filled)).counts) >= {Kind.REDIS_ALERT, Kind.REDIS_INDEX}
    await filled.redis.delete(filled.keys.meta)
    await project(options, filled)
    assert (await looked(options, filled)).counts == Counter()


async def test_a_document_that_nobody_can_read_is_no_work_for_the_projector(options, filled) -> None:
    name, _ = await a_clock(filled)
    await filled.redis.hset(filled.keys.clocks, name, b"{")
    report = await repaired(options, filled)
    assert (report.counts[Kind.REDIS_BROKEN], report.sent) == (1, 0)


async def test_a_clock_of_no_pathway_is_found(options, filled) -> None:
    _, clock = await a_clock(filled)
    await filled.redis.hset(filled.keys.clocks, b"f" * 32, msgspec.json.encode(clock))
    assert (await looked(options, filled)).counts == Counter({Kind.REDIS_BROKEN: 1})


async def test_an_entry_of_an_index_without_its_document_is_found(options, filled) -> None:
    await filled.redis.zadd(filled.keys.name("live", "clocks"), {b'["2026-02-02","x",null,"r",null,"running",null]': 0})
    assert (await looked(options, filled)).counts == Counter({Kind.REDIS_INDEX: 1})


async def test_an_empty_redis_is_not_compared_and_says_why(options, store) -> None:
    report = await looked(options, store)
    assert (report.counts, report.redis) == (Counter(), "not compared: the projector has not filled it yet")
