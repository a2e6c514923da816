"""The embedded log itself: what is appended is kept, in order, where Kafka would put it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest
from aiokafka.partitioner import DefaultPartitioner
from faust.types import TP

from stream.worker.transport import Outgoing, TopicError, TopicSpec, TransportOptions
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.sharing import acquire, release

ZERO = TP("t", 0)


@pytest.fixture
async def broker(options: TransportOptions) -> AsyncIterator[Broker]:
    broker = acquire(options)
    await broker.declare(TopicSpec("t", 4))
    yield broker
    await release(broker)


def record(value: bytes, *, key: bytes | None = b"k", partition: int | None = 0) -> Outgoing:
    return Outgoing("t", key, value, partition)


async def values(broker: Broker, tp: TP, start: int = 0) -> list[bytes | None]:
    found = await broker.fetch({tp: start}, 1000, 0)
    return [r.value for r in found[tp].records] if found else []


async def test_offsets_count_up_from_zero_in_each_partition(broker: Broker) -> None:
    places = await broker.append([record(b"a"), record(b"b", partition=1), record(b"c")])
    assert places == [(0, 0), (1, 0), (0, 1)]


async def test_records_come_back_in_the_order_in_which_they_were_appended(broker: Broker) -> None:
    await asyncio.gather(*(broker.append([record(b"%d" % n)]) for n in range(50)))
    assert await values(broker, ZERO) == [b"%d" % n for n in range(50)]


@pytest.mark.parametrize("key", [b"", b"k1:patient", "æøå".encode(), bytes(range(256))])
async def test_a_key_lies_where_kafkas_own_partitioner_puts_it(broker: Broker, key: bytes) -> None:
    [(partition, _)] = await broker.append([record(b"v", key=key, partition=None)])
    assert partition == DefaultPartitioner()(key, list(range(4)), list(range(4)))


async def test_a_record_without_key_goes_to_the_first_partition(broker: Broker) -> None:
    assert await broker.append([record(b"v", key=None, partition=None)]) == [(0, 0)]


async def test_an_unknown_topic_is_refused(broker: Broker) -> None:
    with pytest.raises(TopicError, match="no topic nowhere"):
        await broker.append([Outgoing("nowhere", b"k", b"v")])


async def test_an_unknown_partition_is_refused(broker: Broker) -> None:
    with pytest.raises(TopicError, match="there is no 4"):
        await broker.append([record(b"v", partition=4)])


async def test_a_topic_never_changes_its_number_of_partitions(broker: Broker) -> None:
    with pytest.raises(TopicError, match="has 4 partitions, not 5"):
        await broker.declare(TopicSpec("t", 5))


async def test_a_topic_takes_a_new_policy(broker: Broker) -> None:
    await broker.declare(TopicSpec("t", 4, 1, {"cleanup.policy": "delete", "retention.ms": "5000"}))
    assert broker.topics["t"].spec.retention == 5


async def test_a_fetch_waits_for_a_record(broker: Broker) -> None:
    waiting = asyncio.ensure_future(broker.fetch({ZERO: 0}, 10, 5))
    await asyncio.sleep(0.01)
    await broker.append([record(b"v")])
    assert [r.value for r in (await waiting)[ZERO].records] == [b"v"]


async def test_a_fetch_gives_up_after_its_time(broker: Broker) -> None:
    assert await broker.fetch({ZERO: 0}, 10, 0.01) == {}


async def test_a_fetch_says_where_the_next_one_begins(broker: Broker) -> None:
    await broker.append([record(b"%d" % n) for n in range(7)])
    batch = (await broker.fetch({ZERO: 2}, 3, 0))[ZERO]
    assert (batch.start, [r.offset for r in batch.records], batch.next) == (2, [2, 3, 4], 5)


async def test_a_failed_append_leaves_no_trace(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((sqlite3.Error, TypeError)):
        await broker.append([record(b"good"), record("no bytes")])  # type: ignore[arg-type]  # on purpose
    assert broker.logs[ZERO].end == 0
    assert await broker.append([record(b"next")]) == [(0, 0)]


async def test_an_append_whose_caller_went_away_is_seen_by_readers(broker: Broker) -> None:
    appending = asyncio.ensure_future(broker.append([record(b"v")]))
    await asyncio.sleep(0)
    appending.cancel()
    found = await broker.fetch({ZERO: 0}, 10, 5)
    assert [r.value for r in found[ZERO].records] == [b"v"]


async def test_committed_offsets_are_kept_per_group(broker: Broker) -> None:
    await broker.commit("one", {ZERO: 5})
    await broker.commit("one", {ZERO: 6, TP("t", 1): 2})
    assert await broker.committed("one", [ZERO, TP("t", 1), TP("t", 2)]) == {ZERO: 6, TP("t", 1): 2}
    assert await broker.committed("two", [ZERO]) == {}


async def test_everything_is_there_after_reopening(options: TransportOptions, broker: Broker) -> None:
    await broker.append([record(b"%d" % n) for n in range(3)])
    await broker.commit("g", {ZERO: 2})
    await release(broker)
    again = acquire(options)
    acquire(options)
    assert (again is not broker, again.logs[ZERO].end) == (True, 3)
    assert await values(again, ZERO) == [b"0", b"1", b"2"]
    assert await again.committed("g", [ZERO]) == {ZERO: 2}
    await release(again)


async def test_a_process_opens_a_directory_once(options: TransportOptions, broker: Broker) -> None:
    assert acquire(options) is broker
    await release(broker)
    assert await broker.append([record(b"still open")]) == [(0, 0)]
