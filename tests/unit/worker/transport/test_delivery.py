"""Runs come whole, in order and from where the group left off."""

import asyncio
import gc

from stream.worker.transport import Outbox, Run, TransportOptions, delivered, settled_upto
from stream.worker.transport.ownership import ROOM
from stream.worker.transport.runs import RunMessage
from tests.unit.worker.transport.support import IN, Copier, feed, make_topics, numbers, running, tidy_all, until


async def test_a_run_has_at_most_as_many_records_as_the_setting_says(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(12))
    async with running(copier):
        await copier.saw(12)
    assert [len(run.records) for run in copier.runs] == [5, 5, 2]


async def test_runs_of_a_partition_follow_each_other_without_a_gap(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        for start in range(0, 40, 8):
            await feed(options, numbers(8, start))
        await copier.saw(40)
    offsets = [record.offset for run in copier.runs for record in run.records]
    assert offsets == list(range(40))
    assert copier.values == numbers(40)


async def test_a_run_says_where_it_begins_and_where_the_next_one_does(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(7), partition=2)
    async with running(copier):
        await copier.saw(7)
    assert [(run.topic, run.partition, run.first_offset, run.next_offset) for run in copier.runs] == [
        (IN, 2, 0, 5),
        (IN, 2, 5, 7),
    ]


async def test_while_the_agent_is_busy_no_more_is_read_than_it_has_room_for(options: TransportOptions) -> None:
    go_on = asyncio.Event()

    async def wait(_run: Run, _box: Outbox) -> None:
        await go_on.wait()

    copier = Copier(options, before_store=wait)
    await make_topics(copier)
    await feed(options, numbers(100))
    async with running(copier):
        await copier.saw(5)
        await until(lambda: delivered(copier.app, IN, 0) == 5 * ROOM)
        await asyncio.sleep(0.3)
        assert delivered(copier.app, IN, 0) == 5 * ROOM
        go_on.set()
        await copier.saw(100)
    assert copier.values == numbers(100)


async def test_the_records_of_a_settled_run_are_let_go_at_once_and_not_when_the_collector_comes_by(
    options: TransportOptions,
) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(100))
    gc.collect()
    gc.disable()
    earlier = messages()  # of other tests in this process; kept, so that no new message gets the id of one of them
    try:
        async with running(copier):
            await copier.saw(100)
            await until(lambda: settled_upto(copier.app, IN, 0) == 100)
            known = {id(message) for message in earlier}
            held = [message for message in messages() if id(message) not in known]
    finally:
        gc.enable()
    assert sum(len(message.run.records) for message in held) == 0


def messages() -> list[RunMessage]:
    return [each for each in gc.get_objects() if isinstance(each, RunMessage)]


async def test_a_restart_goes_on_where_the_last_run_was_settled(options: TransportOptions) -> None:
    first, second = Copier(options), Copier(options)
    await make_topics(first)
    await feed(options, numbers(9))
    async with running(first):
        await first.saw(9)
    await feed(options, numbers(3, 9))
    async with running(second):
        await second.saw(3)
    assert second.values == numbers(3, 9)


async def test_a_restart_recovers_the_rows(options: TransportOptions) -> None:
    first, second = Copier(options), Copier(options)
    await make_topics(first)
    await feed(options, numbers(9), key=b"a")
    await feed(options, numbers(4), key=b"b", partition=1)
    async with running(first):
        await first.saw(13)
    async with running(second):
        assert second.counts == {b"a": 9, b"b": 4}


async def test_two_groups_read_the_same_records_independently(options: TransportOptions) -> None:
    one, other = Copier(options, name="one"), Copier(options, name="other")
    await make_topics(one)
    await make_topics(other)
    await feed(options, numbers(6))
    async with running(one, other):
        await one.saw(6)
        await other.saw(6)
    assert one.values == other.values == numbers(6)


async def test_what_was_delivered_and_what_is_settled_differ_while_an_agent_works(options: TransportOptions) -> None:
    seen: list[tuple[int | None, int | None]] = []

    async def look(run: Run, box: Outbox) -> None:
        seen.append((delivered(copier.app, IN, 0), settled_upto(copier.app, IN, 0)))

    copier = Copier(options, before_store=look)
    await make_topics(copier)
    await feed(options, numbers(5))
    async with running(copier):
        await until(lambda: settled_upto(copier.app, IN, 0) == 5)
    assert seen == [(5, 0)]


async def test_a_compacted_topic_is_read_over_its_gaps(options: TransportOptions) -> None:
    first, second = Copier(options, compacted=True), Copier(options, compacted=True, name="later")
    await make_topics(first)
    await make_topics(second)
    async with running(first):
        await feed(options, numbers(4), key=b"a")
        await feed(options, [b"last"], key=b"b")
        await first.saw(5)
        await tidy_all(options)
        async with running(second):
            await second.saw(2)
            await until(lambda: settled_upto(second.app, IN, 0) == 5)
    assert second.values == [b"3", b"last"]
