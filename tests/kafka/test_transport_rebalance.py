"""On a real Kafka: workers come and go, and each record and row is in one hand at a time."""

import asyncio
from dataclasses import replace
from typing import NoReturn

import pytest
from aiokafka.errors import UnknownError

from stream.worker.transport import Outbox, Run, TransportOptions, owned
from tests.unit.worker.transport.support import Copier, feed, feed_all, make_topics, numbers, running, until

pytestmark = pytest.mark.kafka


async def test_partitions_are_shared_and_every_record_is_seen_once(options: TransportOptions, prefix: str) -> None:
    one, two = Copier(options, prefix=prefix), Copier(options, prefix=prefix)
    await make_topics(one)
    await feed_all(options, one.source, 10)
    async with running(one):
        await one.saw(30)
        async with running(two):
            await until(lambda: bool(owned(two.app, two.source)))
            await until(lambda: bool(owned(one.app, one.source)))
            assert owned(one.app, one.source) | owned(two.app, two.source) == {0, 1, 2}
            assert not owned(one.app, one.source) & owned(two.app, two.source)
            await feed_all(options, one.source, 10, 10)
            await until(lambda: len(one.values) + len(two.values) >= 60)
    assert sorted([*one.values, *two.values]) == sorted(numbers(20) * 3)


async def test_rows_move_with_their_partitions(options: TransportOptions, prefix: str) -> None:
    one, two = Copier(options, prefix=prefix), Copier(options, prefix=prefix)
    await make_topics(one)
    await feed_all(options, one.source, 10)
    async with running(one):
        await one.saw(30)
        async with running(two):
            await until(lambda: bool(owned(two.app, two.source)) and bool(owned(one.app, one.source)))
            mine, theirs = owned(one.app, one.source), owned(two.app, two.source)
            assert one.counts == {b"k%d" % p: 10 for p in mine}
            assert two.counts == {b"k%d" % p: 10 for p in theirs}


async def test_a_worker_finishes_its_run_before_its_partitions_move(options: TransportOptions, prefix: str) -> None:
    async def slowly(run: Run, box: Outbox) -> None:
        await asyncio.sleep(0.3)

    one = Copier(options, prefix=prefix, before_store=slowly)
    two = Copier(options, prefix=prefix, before_store=slowly)
    await make_topics(one)
    await feed_all(options, one.source, 30)
    async with running(one):
        await one.saw(1)
        async with running(two):
            await until(lambda: len(one.values) + len(two.values) >= 90)
    assert sorted([*one.values, *two.values]) == sorted(numbers(30) * 3)


async def test_a_named_instance_that_comes_back_goes_on_where_it_was(options: TransportOptions, prefix: str) -> None:
    named = replace(options, instance_id=f"{prefix}worker-0")
    for start in (0, 10):
        copier = Copier(named, prefix=prefix)
        await make_topics(copier)
        await feed_all(options, copier.source, 10, start)
        async with running(copier):
            await copier.saw(30)
        assert sorted(copier.values) == sorted(numbers(10, start) * 3)


async def test_a_commit_that_kafka_refuses_crashes_the_app(
    options: TransportOptions, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> NoReturn:
        raise UnknownError

    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    async with running(copier):
        await until(lambda: bool(owned(copier.app, copier.source)))
        monkeypatch.setattr(copier.app.consumer._thread._consumer, "commit", refuse)
        await feed(options, numbers(3), name=copier.source)
        await until(lambda: bool(copier.app.crashed))
        monkeypatch.undo()
