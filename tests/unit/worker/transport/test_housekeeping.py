"""The file stays bounded, and nothing goes that anybody still needs."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial

import pytest

from stream.worker.transport import Outgoing, TopicSpec, TransportOptions
from stream.worker.transport.embedded import housekeeping, layout, tables
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.housekeeping import Compaction, tidy
from stream.worker.transport.embedded.sharing import acquire, release
from stream.worker.transport.embedded.tables import KeyRow
from stream.worker.transport.options import topic_config
from stream.worker.transport.runs import Record

DAY = 86_400.0


@pytest.fixture
async def broker(options: TransportOptions) -> AsyncIterator[Broker]:
    broker = acquire(options)
    await broker.declare(TopicSpec("rows", 1, 1, topic_config(compacted=True, retention=None)))
    await broker.declare(TopicSpec("inbox", 1, 1, topic_config(compacted=False, retention=7 * DAY)))
    await broker.declare(TopicSpec("facts", 1, 1, topic_config(compacted=False, retention=None)))
    yield broker
    await release(broker)


async def append(broker: Broker, topic: str, *pairs: tuple[bytes | None, bytes | None], days_ago: float = 0) -> None:
    await broker.append([Outgoing(topic, key, value) for key, value in pairs])
    if days_ago:
        log = broker.logs[topic, 0]
        low, high = log.number << 40, log.number + 1 << 40
        await broker.write(partial(age, low=low, high=high, seconds=days_ago * DAY))


def age(db: sqlite3.Connection, low: int, high: int, seconds: float) -> None:
    db.create_function("record_crc", 5, layout.record_crc)
    db.execute("UPDATE records SET ts = ts - ? WHERE position >= ? AND position < ?", (seconds, low, high))
    db.execute("UPDATE records SET crc = record_crc(position, ts, key, value, headers)")


async def left(broker: Broker, topic: str) -> list[Record]:
    log = broker.logs[topic, 0]
    return await broker.query(partial(tables.read, log=log.number, start=0, end=log.end, limit=10_000))


async def test_compaction_keeps_the_last_record_of_each_key(broker: Broker) -> None:
    await append(broker, "rows", (b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"c", b"1"), (b"a", b"3"))
    assert await tidy(broker) == 2
    assert [(r.offset, r.key, r.value) for r in await left(broker, "rows")] == [
        (1, b"b", b"1"),
        (3, b"c", b"1"),
        (4, b"a", b"3"),
    ]


async def test_a_young_deletion_stays_so_that_every_reader_sees_it(broker: Broker) -> None:
    await append(broker, "rows", (b"a", b"1"), (b"a", None), (b"b", b"1"))
    await tidy(broker)
    assert [(r.key, r.value) for r in await left(broker, "rows")] == [(b"a", None), (b"b", b"1")]


async def test_an_old_deletion_goes(broker: Broker) -> None:
    await append(broker, "rows", (b"a", b"1"), (b"a", None), (b"b", b"1"), days_ago=2)
    await tidy(broker)
    assert [r.key for r in await left(broker, "rows")] == [b"b"]


async def test_the_last_record_stays_even_if_it_is_an_old_deletion(broker: Broker) -> None:
    await append(broker, "rows", (b"a", b"1"), (b"a", None), days_ago=2)
    await tidy(broker)
    assert [r.offset for r in await left(broker, "rows")] == [1]


async def test_offsets_go_on_after_compaction_and_a_restart(options: TransportOptions, broker: Broker) -> None:
    await append(broker, "rows", (b"a", b"1"), (b"a", b"2"))
    await tidy(broker)
    await release(broker)
    again = acquire(options)
    acquire(options)
    assert await again.append([Outgoing("rows", b"a", b"3")]) == [(0, 2)]
    await release(again)


async def test_a_topic_without_keys_loses_nothing_to_compaction(broker: Broker) -> None:
    await append(broker, "rows", (None, b"1"), (None, b"2"))
    assert await tidy(broker) == 0


async def test_compaction_waits_until_it_is_worth_it(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_WORTH_IT", 3)
    await tidy(broker)
    await append(broker, "rows", (b"a", b"1"), (b"a", b"2"), (b"a", b"3"))
    assert await tidy(broker) == 0
    await append(broker, "rows", (b"a", b"4"))
    assert await tidy(broker) == 3


async def test_retention_deletes_what_is_older(broker: Broker) -> None:
    await append(broker, "inbox", (b"k", b"old"), (b"k", b"old too"), days_ago=8)
    await append(broker, "inbox", (b"k", b"new"))
    assert await tidy(broker) == 2
    assert [r.value for r in await left(broker, "inbox")] == [b"new"]
    assert broker.logs["inbox", 0].first == 2


async def test_retention_keeps_the_last_record(broker: Broker) -> None:
    await append(broker, "inbox", (b"k", b"1"), (b"k", b"2"), days_ago=8)
    await tidy(broker)
    assert [r.value for r in await left(broker, "inbox")] == [b"2"]


async def test_without_retention_everything_is_kept(broker: Broker) -> None:
    await append(broker, "facts", (b"k", b"1"), (b"k", b"2"), days_ago=4000)
    assert await tidy(broker) == 0


async def test_many_records_go_in_small_steps(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_DELETE", 10)
    monkeypatch.setattr(housekeeping, "_SCAN", 10)
    await append(broker, "rows", *((b"k%d" % (n % 7), b"v") for n in range(100)))
    await append(broker, "inbox", *((b"k", b"v") for _ in range(100)), days_ago=8)
    assert await tidy(broker) == 93 + 99


async def test_housekeeping_runs_by_itself_when_the_log_is_opened(options: TransportOptions, broker: Broker) -> None:
    await append(broker, "rows", (b"a", b"1"), (b"a", b"2"))
    await release(broker)
    again = acquire(options)
    acquire(options)
    while len(await left(again, "rows")) > 1:
        pass
    await release(again)


def test_a_key_that_came_back_after_its_deletion_stays() -> None:
    compaction = Compaction()
    compaction.see([KeyRow(0, b"a", deletes=True, timestamp=0.0), KeyRow(1, b"a", deletes=False, timestamp=0.0)])
    assert compaction.obsolete(forget_before=DAY, last=9) == [0]


def test_compaction_needs_no_order_of_time() -> None:
    compaction = Compaction()
    compaction.see([KeyRow(0, b"a", deletes=False, timestamp=9.0), KeyRow(1, b"a", deletes=False, timestamp=1.0)])
    assert compaction.obsolete(forget_before=DAY, last=1) == [0]
    assert compaction.keys == 1
