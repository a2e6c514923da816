"""How far another group has come: known in the background, and never waited for."""

import asyncio
from collections.abc import Mapping

import pytest

from stream.worker.transport import TransportError, TransportOptions
from stream.worker.transport.groups import GroupWatch, Standing, group_of
from tests.unit.worker.transport.support import IN, Copier, feed, make_topics, numbers, running, until


class Broker:
    """A group whose broker does as the test says."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.hangs = False
        self.closed = 0

    async def ask(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fault:
            raise self.fault
        return {0: 5}, {0: 3}

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def watch(broker: Broker) -> GroupWatch:
    seconds = iter(range(100))
    return GroupWatch(broker, 0.0, answer=0.05, monotonic=lambda: float(next(seconds)))


def test_what_waits_is_what_lies_between_commit_and_end() -> None:
    assert Standing({0: 5, 1: 4, 2: 1}, {0: 3, 1: 9}, 0.0, 0.0).waiting == 2 + 0 + 1


async def test_an_answer_says_when_it_was_asked_for_and_when_it_came(watch: GroupWatch) -> None:
    await watch.look()
    assert watch.latest == Standing({0: 5}, {0: 3}, asked_at=0.0, answered_at=1.0)


async def test_before_the_first_answer_nothing_is_known(broker: Broker, watch: GroupWatch) -> None:
    broker.fault = TransportError("gone")
    await watch.look()
    assert watch.latest is None


async def test_a_broker_that_does_not_answer_is_given_up_and_asked_anew(broker: Broker, watch: GroupWatch) -> None:
    await watch.look()
    broker.hangs = True
    await watch.look()
    assert (watch.latest, broker.closed) == (Standing({0: 5}, {0: 3}, 0.0, 1.0), 1)
    broker.hangs = False
    await watch.look()
    assert watch.latest is not None
    assert watch.latest.asked_at == 3.0


async def test_a_long_outage_is_logged_once(broker: Broker, watch: GroupWatch, caplog) -> None:
    broker.fault = TransportError("gone")
    for _ in range(3):
        await watch.look()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_what_is_no_fault_of_the_broker_is_not_hidden(broker: Broker, watch: GroupWatch) -> None:
    broker.fault = ArithmeticError()
    with pytest.raises(ArithmeticError):
        await watch.run()
    assert broker.closed == 1


async def test_the_embedded_log_tells_ends_and_commits(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        await feed(options, numbers(4), partition=1)
        await until(lambda: copier.app.consumer.cursor((IN, 1)).committed == 4)
        known = await group_of(options, "copier", IN).ask()
    assert known == ({0: 0, 1: 4, 2: 0}, {1: 4})


async def test_a_log_that_is_not_open_tells_nothing(options: TransportOptions) -> None:
    with pytest.raises(TransportError, match="not open"):
        await group_of(options, "copier", IN).ask()


async def test_a_group_that_was_never_there_has_committed_nothing(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        await feed(options, numbers(4), partition=1)
        assert await group_of(options, "nobody", IN).ask() == ({0: 0, 1: 4, 2: 0}, {})
        assert await group_of(options, "copier", "nothing").ask() == ({}, {})
