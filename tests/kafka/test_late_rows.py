"""On a real Kafka: what a former owner sent long ago lands upon a newer row, and nothing of the patient is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stream.worker.transport import TransportOptions
from stream.worker.transport.fence import stamp_of
from tests.embedded.late import lands, written
from tests.embedded.stack import ManualClock, Stack
from tests.servers.kafka import kafka_of_its_own as kafka
from tests.unit.worker.toy import START, ToyEngine, ToyRows, event

__all__ = ["kafka"]

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

A = b"k1:a"


@pytest.fixture
def stack(tmp_path: Path, options: TransportOptions) -> Callable[[], Stack]:
    """Build a worker of an owner of its own."""
    settings = {"late_rows_interval": 0.2}
    return lambda: Stack(tmp_path, ManualClock(START), ToyEngine(), ToyRows(), settings=settings, transport=options)


async def takes(running: Stack, name: str) -> None:
    """Send a fact of the patient, and wait until it is applied and stored."""
    await running.facts(event(name))
    await running.until(lambda: (row := running.row("k1:a")) is not None and row.facts[-1:] == (name,))


async def lives(stack: Callable[[], Stack], name: str) -> None:
    """Be an owner that takes one fact."""
    async with stack() as running:
        await takes(running, name)


async def test_a_row_that_lands_between_two_owners_is_not_recovered_and_is_written_over(stack, options) -> None:
    await lives(stack, "1")
    (late,) = await written(options, A)
    await lives(stack, "2")
    newest = (await written(options, A))[-1]
    await lands(options, late)
    async with stack() as running:
        assert running.row("k1:a").facts == ("1", "2")
        await running.until(lambda: running.metric("late_rows_total") == 1)
        await takes(running, "3")
        assert running.row("k1:a").facts == ("1", "2", "3")
    anew = (await written(options, A))[-2]
    assert (anew.value, stamp_of(anew.headers).epoch) == (newest.value, 3)


async def test_a_row_that_lands_while_its_next_owner_works_is_written_over_by_it(stack, options) -> None:
    await lives(stack, "1")
    (late,) = await written(options, A)
    async with stack() as running:
        await takes(running, "2")
        newest = (await written(options, A))[-1]
        await lands(options, late)
        await running.until(lambda: running.metric("late_rows_total") == 1)
        assert running.row("k1:a").facts == ("1", "2")
    assert [record.value for record in (await written(options, A))[-2:]] == [late.value, newest.value]
    async with stack() as running:
        assert (running.row("k1:a").facts, running.metric("late_rows_total")) == (("1", "2"), 0)
        await takes(running, "3")  # a client that is stopped while it connects stays connected
