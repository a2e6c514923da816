"""Runs that wait are taken together: one store settles them all, or none."""

import asyncio
from collections import deque

import pytest

from stream.worker.transport import Outbox, Run, TransportOptions, UnsettledRunError, delivered, settled_upto
from stream.worker.transport.ownership import Cursor
from stream.worker.transport.runs import Record, RunMessage, check_order
from tests.unit.worker.transport.support import IN, OUT, Copier, feed, make_topics, numbers, running, stored, until


class Gate:
    """Holds the first run back until the others wait behind it."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def wait(self, _run: Run, _box: Outbox) -> None:
        await self.opened.wait()


async def feed_all(options: TransportOptions, count: int) -> None:
    for partition in range(3):
        await feed(options, numbers(count, partition * count), key=b"k%d" % partition, partition=partition)


async def behind_the_first(options: TransportOptions, together: int) -> Copier:
    """Let a copier work on a first run while nine more records of each partition wait behind it, and on these."""
    gate = Gate()
    copier = Copier(options, before_store=gate.wait, together=together)
    await make_topics(copier)
    async with running(copier):
        await feed(options, [b"first"], key=b"first")
        await copier.saw(1)
        await feed_all(options, 9)
        await until(lambda: [delivered(copier.app, IN, number) for number in range(3)] == [10, 9, 9])
        gate.opened.set()
        await copier.saw(28)
        await until(lambda: [settled_upto(copier.app, IN, number) for number in range(3)] == [10, 9, 9])
    return copier


async def test_runs_that_wait_have_one_store_and_are_all_settled(options: TransportOptions) -> None:
    copier = await behind_the_first(options, together=100)
    assert copier.taken == [1, 6]
    assert copier.counts == {b"first": 1, b"k0": 9, b"k1": 9, b"k2": 9}


async def test_no_more_is_taken_along_once_there_are_records_enough(options: TransportOptions) -> None:
    copier = await behind_the_first(options, together=8)
    assert copier.taken == [1, 2, 2, 2]


async def test_if_their_store_fails_none_of_them_is_settled(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    copier = Copier(options, before_store=gate.wait, together=100)
    await make_topics(copier)
    async with running(copier):
        await feed_all(options, 5)
        await copier.saw(5)

        async def fail(*_: object) -> None:
            raise TimeoutError

        monkeypatch.setattr(copier.app.producer, "store_runs", fail)
        gate.opened.set()
        await until(lambda: copier.app.crashed)
    again = Copier(options)
    async with running(again):
        await again.saw(15)
    assert sorted(await stored(options, OUT)) == sorted(numbers(15))


def handed_over(cursor: Cursor, start: int) -> RunMessage:
    run = Run("in", 0, start, (Record(start, b"k", b"v", (), 0.0),))
    message = RunMessage(run, start, cursor, 1)
    cursor.hand_over(message, start + 1)
    return message


def test_runs_of_a_partition_in_turn_are_in_order() -> None:
    cursor, other = Cursor(0), Cursor(7)
    check_order([handed_over(cursor, 0), handed_over(other, 7), handed_over(cursor, 1)])
    assert cursor.settled_upto() == 0


@pytest.mark.parametrize("kept", [(1,), (0, 2), (1, 0)], ids=["the first", "one between", "swapped"])
def test_a_run_that_was_given_up_is_not_passed_over(kept: tuple[int, ...]) -> None:
    cursor = Cursor(0)
    messages = [handed_over(cursor, start) for start in range(3)]
    with pytest.raises(UnsettledRunError, match="given up"):
        check_order([messages[number] for number in kept])


def test_a_settled_run_is_not_taken_again() -> None:
    cursor = Cursor(0)
    message = handed_over(cursor, 0)
    message.settle()
    with pytest.raises(UnsettledRunError, match="given up"):
        check_order([message])
    assert cursor.flight == deque()
