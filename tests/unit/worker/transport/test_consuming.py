"""Whatever a fetch brings back late or from elsewhere: no record is lost, none comes out of order."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from faust.types import TP

from stream.worker.transport import TopicError, TransportError, TransportOptions, lost_to_retention
from stream.worker.transport.embedded.sharing import acquire, release
from stream.worker.transport.ownership import Batch
from stream.worker.transport.runs import Record
from tests.unit.worker.transport.support import IN, PARTITIONS, Copier, feed, make_topics, numbers, running, until

ZERO = TP(IN, 0)


def records(*offsets: int) -> list[Record]:
    return [Record(offset, b"k", b"%d" % offset, (), 0.0) for offset in offsets]


async def test_a_batch_that_was_read_from_another_offset_is_dropped(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        late = list(copier.app.consumer._messages(ZERO, Batch(7, records(7, 8, 9), 10)))
        await feed(options, numbers(3))
        await copier.saw(3)
    assert not late
    assert copier.values == numbers(3)


async def test_a_seek_between_two_runs_of_a_batch_ends_the_hand_over(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        consumer = copier.app.consumer
        messages = consumer._messages(ZERO, Batch(0, records(*range(12)), 12))
        next(messages)
        await consumer.perform_seek()
        assert list(messages) == []


async def test_nothing_is_handed_over_after_a_revocation(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        consumer = copier.app.consumer
        await consumer.on_partitions_revoked(consumer.assignment())
        assert list(consumer._messages(ZERO, Batch(0, records(0, 1), 2))) == []


async def test_a_seek_that_a_rebalance_overtook_sets_no_position(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        consumer = copier.app.consumer
        seek = asyncio.ensure_future(consumer.perform_seek())
        await asyncio.sleep(0)
        await consumer.on_partitions_revoked(consumer.assignment())
        await seek
        assert consumer.cursor(ZERO) is None


async def test_a_fetch_whose_caller_went_away_loses_nothing(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    copier = Copier(options)
    await make_topics(copier)
    fetch, dropped = copier.app.consumer._fetch, []

    async def drop_every_second(wants: Mapping[TP, int], timeout: float) -> Any:  # noqa: ASYNC109
        found = await fetch(wants, timeout)
        dropped.append(found)
        return found if len(dropped) % 2 else {}

    monkeypatch.setattr(copier.app.consumer, "_fetch", drop_every_second)
    async with running(copier):
        for start in range(0, 30, 3):
            await feed(options, numbers(3, start))
        await copier.saw(30)
    assert copier.values == numbers(30)


async def test_a_hole_that_only_one_read_finds_loses_nothing(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    copier = Copier(options)
    await make_topics(copier)
    fetch, holes = copier.app.consumer._fetch, 0

    async def skip_some(wants: Mapping[TP, int], timeout: float) -> Mapping[TP, Batch]:  # noqa: ASYNC109
        nonlocal holes
        found = await fetch(wants, timeout)
        batch = found.get(ZERO)
        if batch is None or len(batch.records) < 3 or batch.start % 2:
            return found
        holes += 1
        return {ZERO: Batch(batch.start, batch.records[2:], batch.next)} if holes % 2 else found

    monkeypatch.setattr(copier.app.consumer, "_fetch", skip_some)
    await feed(options, numbers(40))
    async with running(copier):
        await copier.saw(40)
    assert copier.values == numbers(40)
    assert holes > 2


async def test_records_that_retention_took_first_are_counted_and_skipped(options: TransportOptions) -> None:
    first, second = Copier(options), Copier(options)
    await make_topics(first)
    await feed(options, numbers(4))
    async with running(first):
        await first.saw(4)
    await feed(options, numbers(6, 4))
    await lose_up_to(options, 7)
    async with running(second):
        await second.saw(3)
        assert lost_to_retention(second.app) == {(IN, 0): 3}
    assert second.values == numbers(3, 7)


async def lose_up_to(options: TransportOptions, offset: int) -> None:
    broker = acquire(options)
    number = broker.logs[ZERO].number
    low = number << 40
    await broker.write(
        lambda db: db.execute("DELETE FROM records WHERE position BETWEEN ? AND ?", (low, low + offset - 1))
    )
    broker.logs[ZERO].first = offset
    await release(broker)


async def test_a_committed_offset_beyond_the_end_of_its_topic_crashes_the_app(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    broker = acquire(options)
    await broker.commit("copier", {ZERO: 1000})
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    await release(broker)
    assert isinstance(copier.app.crash_reason, TopicError)
    assert "ends at 0, but 1000 was committed" in str(copier.app.crash_reason)


async def test_a_second_member_of_a_group_is_refused(options: TransportOptions) -> None:
    one, two = Copier(options), Copier(options)
    await make_topics(one)
    async with running(one):
        start = asyncio.ensure_future(two.app.start())
        await until(lambda: bool(two.app.crashed))
        start.cancel()
        await two.app.stop()
    assert "already runs in this process" in str(two.app.crash_reason)


async def test_only_stored_offsets_move_a_source(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        with pytest.raises(TransportError):
            await copier.app.consumer.seek(ZERO, 5)
        assert {await copier.app.consumer.position(TP(IN, p)) for p in range(PARTITIONS)} == {0}
