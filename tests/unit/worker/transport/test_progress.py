"""What deadlines and readiness are told about each partition."""

import time

from stream.worker.transport import (
    TransportOptions,
    committed,
    delivered,
    highwater,
    lost_to_retention,
    owned,
    settled_upto,
)
from tests.unit.worker.transport.support import IN, OUT, Copier, feed, make_topics, numbers, running, until


async def test_the_embedded_end_is_exact_and_of_this_moment(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        await feed(options, numbers(4), partition=1)
        before = time.monotonic()
        end = highwater(copier.app, IN, 1)
        assert end is not None
        assert (end.offset, end.seen_at >= before, end.age < 1) == (4, True, True)


async def test_a_partition_was_read_to_the_end_once_settled_reaches_it(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(4))
    async with running(copier):
        end = highwater(copier.app, IN, 0)
        assert end is not None
        await until(lambda: (settled_upto(copier.app, IN, 0) or 0) >= end.offset)
        assert delivered(copier.app, IN, 0) == 4


async def test_an_empty_partition_is_read_to_its_end_at_once(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        end = highwater(copier.app, IN, 2)
        assert end is not None
        assert settled_upto(copier.app, IN, 2) == delivered(copier.app, IN, 2) == end.offset == 0


async def test_all_partitions_of_a_source_are_owned_and_none_of_an_output(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        assert owned(copier.app, IN) == {0, 1, 2}
        assert owned(copier.app, OUT) == set()


async def test_nothing_is_known_of_a_partition_that_is_not_ours(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        known = [ask(copier.app, OUT, 0) for ask in (delivered, settled_upto, committed, highwater)]
    assert known == [None] * 4


async def test_nothing_is_owned_while_a_rebalance_goes_on(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        consumer = copier.app.consumer
        await consumer.on_partitions_revoked(consumer.assignment())
        assert owned(copier.app, IN) == set()


async def test_nothing_is_lost_in_a_quiet_life(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(4))
    async with running(copier):
        await copier.saw(4)
        assert lost_to_retention(copier.app) == {}


def test_an_app_that_has_not_started_owns_nothing(options: TransportOptions) -> None:
    app = Copier(options).app
    assert owned(app, IN) == set()
    assert [ask(app, IN, 0) for ask in (delivered, settled_upto, committed)] == [None] * 3
