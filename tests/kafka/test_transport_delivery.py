"""On a real Kafka: runs come whole and in order, and commits never pass what is not stored."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from faust.types import TP

from stream.worker.transport import (
    Outbox,
    Run,
    SendError,
    TopicError,
    TransportOptions,
    committed,
    delivered,
    highwater,
    lost_to_retention,
    owned,
    settled_upto,
)
from stream.worker.transport.kafka.client import connection
from tests.unit.worker.transport.support import Copier, feed, make_topics, numbers, running, stored, until

pytestmark = pytest.mark.kafka


async def test_runs_of_a_partition_follow_each_other_without_a_gap(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    await feed(options, numbers(20), name=copier.source)
    async with running(copier):
        await copier.saw(20)
        await feed(options, numbers(20, 20), name=copier.source)
        await copier.saw(40)
    assert copier.values == numbers(40)
    assert max(len(run.records) for run in copier.runs) == 5


async def test_a_restart_goes_on_where_the_last_run_was_settled_with_its_rows(
    options: TransportOptions, prefix: str
) -> None:
    first, second = Copier(options, prefix=prefix), Copier(options, prefix=prefix)
    await make_topics(first)
    await feed(options, numbers(9), name=first.source)
    async with running(first):
        await first.saw(9)
    await feed(options, numbers(3, 9), name=first.source)
    async with running(second):
        await second.saw(3)
    assert second.values == numbers(3, 9)
    assert second.counts == {b"k": 12}


async def test_nothing_is_committed_while_a_run_is_not_stored(options: TransportOptions, prefix: str) -> None:
    go_on = asyncio.Event()

    async def wait(run: Run, box: Outbox) -> None:
        if run.first_offset == 5:
            await go_on.wait()

    copier = Copier(options, before_store=wait, prefix=prefix)
    await make_topics(copier)
    await feed(options, numbers(20), name=copier.source)
    async with running(copier):
        await copier.saw(10)
        await until(lambda: committed(copier.app, copier.source, 0) == 5)
        await asyncio.sleep(0.5)
        assert committed(copier.app, copier.source, 0) == 5
        go_on.set()
        await until(lambda: committed(copier.app, copier.source, 0) == 20)


async def test_a_position_that_was_moved_behind_our_back_is_put_right(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    await feed(options, numbers(10), name=copier.source)
    async with running(copier):
        await copier.saw(10)
        thread = copier.app.consumer._thread
        for start in range(10, 200, 10):
            await feed(options, numbers(10, start), name=copier.source)
            thread._consumer.seek(TopicPartition(copier.source, 0), start + 7)
        await copier.saw(200)
    assert copier.values == numbers(200)


async def test_a_fetch_whose_caller_went_away_loses_nothing(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    async with running(copier):
        source = TP(copier.source, 0)
        await until(lambda: delivered(copier.app, *source) == 0)
        for start in range(0, 100, 10):
            stray = asyncio.ensure_future(copier.app.consumer._fetch({source: start}, 1.0))
            await feed(options, numbers(10, start), name=copier.source)
            stray.cancel()
            await copier.saw(start + 10)
    assert copier.values == numbers(100)


async def test_markers_of_transactions_are_no_hole(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    async with AIOKafkaProducer(**connection(options), transactional_id=f"{prefix}hospital") as producer:
        for value in numbers(6):
            async with producer.transaction():
                await producer.send(copier.source, value, key=b"k", partition=0)
    async with running(copier):
        await copier.saw(6)
        await until(lambda: committed(copier.app, copier.source, 0) == 12)
        end = highwater(copier.app, copier.source, 0)
    assert copier.values == numbers(6)
    assert end is not None
    assert end.offset == 12


async def test_the_end_of_a_partition_is_asked_for_again_and_again(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    async with running(copier):
        await until(lambda: highwater(copier.app, copier.source, 0) is not None)
        before = highwater(copier.app, copier.source, 0)
        await feed(options, numbers(4), name=copier.source)
        await until(lambda: (end := highwater(copier.app, copier.source, 0)) is not None and end.offset == 4)
        after = highwater(copier.app, copier.source, 0)
        assert before is not None
        assert after is not None
        assert after.seen_at > before.seen_at
        await until(lambda: settled_upto(copier.app, copier.source, 0) == 4)
        assert owned(copier.app, copier.source) == {0, 1, 2}


async def test_outputs_for_a_topic_that_does_not_exist_crash_the_app_in_time(
    options: TransportOptions, prefix: str
) -> None:
    async def send_nowhere(run: Run, box: Outbox) -> None:
        lost = Outbox(copier.app, timeout=1)
        lost.send(f"{prefix}nowhere", b"k", b"v")
        await lost.store()

    copier = Copier(options, before_store=send_nowhere, prefix=prefix)
    await make_topics(copier)
    await feed(options, numbers(3), name=copier.source)
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
        assert committed(copier.app, copier.source, 0) is None
    assert isinstance(copier.app.crash_reason, SendError)
    assert await stored(options, copier.out) == []


async def test_a_committed_offset_beyond_the_end_of_its_topic_crashes_the_app(
    options: TransportOptions, prefix: str
) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    await commit(options, f"{prefix}copier", TopicPartition(copier.source, 0), 1000)
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert isinstance(copier.app.crash_reason, TopicError)


async def test_records_that_retention_took_first_are_counted_and_skipped(
    options: TransportOptions, prefix: str
) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    await feed(options, numbers(10), name=copier.source)
    await commit(options, f"{prefix}copier", TopicPartition(copier.source, 0), 4)
    await delete_records(options, TopicPartition(copier.source, 0), 7)
    async with running(copier):
        await copier.saw(3)
        assert lost_to_retention(copier.app) == {(copier.source, 0): 3}
    assert copier.values == numbers(3, 7)


async def commit(options: TransportOptions, group: str, partition: TopicPartition, offset: int) -> None:
    async with AIOKafkaConsumer(**connection(options), group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign([partition])
        await consumer.commit({partition: offset})


async def delete_records(options: TransportOptions, partition: TopicPartition, before: int) -> None:
    admin = AIOKafkaAdminClient(**connection(options))
    await admin.start()
    await admin.delete_records({partition: RecordsToDelete(before_offset=before)})
    await admin.close()
