"""Deadlines on the whole watch: an alarm comes when it is due, not before it is certain, and once."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from stream.worker.names import ALERTS, FACTS
from stream.worker.partition import partition_of
from stream.worker.transport import Highwater, Outgoing, highwater
from tests.embedded.stack import PARTITIONS
from tests.unit.worker.toy import START, event, later

MOMENT = timedelta(seconds=1)
PAUSE = 0.3
"""Seconds of real time in which a worker that fires too early would be caught."""


@pytest.fixture
def ends(monkeypatch) -> dict[str, int]:
    """Let the broker claim records that cannot be read yet; None: it cannot be asked."""
    claimed: dict[str, int | None] = {"more": 0}

    def claim(app: object, topic: str, partition: int) -> Highwater | None:
        end = highwater(app, topic, partition)
        more = claimed["more"]
        return None if end is None or more is None else Highwater(end.offset + more, end.seen_at)

    monkeypatch.setattr("stream.worker.deadlines.highwater", claim)
    return claimed


async def test_nothing_is_sent_before_its_moment(stack, clock) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        clock.moment = START + timedelta(seconds=9.9)
        await asyncio.sleep(PAUSE)
        assert await running.ticks() == []


async def test_the_agent_looks_when_the_moment_has_come(stack, clock) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        clock.moment = START + timedelta(seconds=10)
        await running.settle()
        assert running.row("k1:a").looks == (later(10),)
        assert running.metric("ticks_total", timing="on_time") == 1


async def test_ten_thousand_at_once_are_looked_at_once_each(stack, clock) -> None:
    async with stack() as running:
        for part in range(10):
            names = [f"k1:{part}-{number}" for number in range(1000)]
            await running.facts(*[event(name, name, due=later(10)) for name in names])
        await running.settle()
        clock.moment = START + timedelta(seconds=11)
        await running.settle()
        assert len(await running.ticks()) == 10_000
        assert all(row.looks == (later(10),) for row in running.all_rows().values())


async def test_a_moment_moved_by_a_later_fact_is_not_looked_at(stack, clock) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10)), event("2", due=later(100)))
        await running.settle()
        clock.moment = START + timedelta(seconds=50)
        await running.settle()
        assert await running.ticks() == []


async def test_missed_moments_are_looked_at_at_once_after_a_restart_and_counted_late(stack, clock) -> None:
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n}", due=later(10 + n)) for n in range(20)])
        await running.settle()
    clock.moment = START + timedelta(days=2)
    async with stack() as running:
        await running.settle()
        assert all(row.looks for row in running.all_rows().values())
        assert running.metric("ticks_total", timing="late") == 20


async def test_after_an_outage_what_was_sent_meanwhile_is_read_before_any_alarm(stack, clock) -> None:
    async with stack() as running:
        await running.facts(*[event(f"{n}", f"k1:{n}", due=later(10)) for n in range(20)])
        await running.settle()
        await running.app.stop()
        await running.facts(*[event(f"{n}-off", f"k1:{n}", due=later(10_000)) for n in range(20)])
    clock.moment = START + timedelta(seconds=60)
    async with stack() as running:
        await running.settle()
        assert await running.ticks() == []
        assert not any(row.looks for row in running.all_rows().values())


async def test_no_alarm_while_records_lie_unread(stack, clock, ends) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        ends["more"] = 1
        clock.moment = START + MOMENT * 10
        await asyncio.sleep(PAUSE)
        assert await running.ticks() == []
        ends["more"] = 0
        await running.settle()
        assert running.row("k1:a").looks == (later(10),)


@pytest.mark.parametrize("more", [1, None], ids=["records lie unread", "the end is unknown"])
async def test_in_the_end_an_alarm_comes_all_the_same_and_says_that_it_is_unverified(stack, clock, ends, more) -> None:
    ends["more"] = more
    async with stack(unverified_after=0.3) as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        clock.moment = START + MOMENT * 10
        await running.settle()
        assert running.row("k1:a").looks == (later(10) + " unverified",)
        assert running.metric("ticks_total", timing="unverified") == 1


async def test_a_patient_whose_tick_fails_is_looked_at_again_after_an_hour(stack, clock) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10), fails_at="tick"))
        await running.settle()
        clock.moment = START + MOMENT * 10
        await running.settle()
        await asyncio.sleep(PAUSE)
        assert running.metric("dead_letters_total", reason="quarantined") == 1
        clock.moment += timedelta(hours=1)
        await running.settle()
        assert running.metric("dead_letters_total", reason="quarantined") == 2


async def test_a_record_that_does_not_belong_there_takes_no_deadline_away(stack, clock) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        stranger = msgspec.json.encode(event("2", "k1:b"))
        await running.write([Outgoing(FACTS, b"k1:a", stranger, partition_of(b"k1:a", PARTITIONS))])
        await running.settle()
        clock.moment = START + MOMENT * 10
        await running.settle()
        assert running.row("k1:a").looks == (later(10),)


async def test_a_tick_that_nobody_handled_is_sent_again(stack, clock, monkeypatch) -> None:
    async with stack(resend_after=0.3) as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        keep, running.watch.deadlines.arm = running.watch.deadlines.arm, lambda *_: None
        clock.moment = START + MOMENT * 10
        await running.until(lambda: running.watch.deadlines.sent >= 2)
        running.watch.deadlines.arm = keep
        await running.settle()
        assert len(await running.read(ALERTS)) == 2


def caught_up(running):
    """What was last told, and stored, of the partitions."""
    return {told.caught_up_at for told in running.watch.progress._told.values()}


async def test_progress_says_what_is_applied_and_up_to_when(stack, clock) -> None:
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n}") for n in range(40)])
        await running.settle()
        clock.moment = START + MOMENT
        await running.until(lambda: caught_up(running) == {clock.moment})
        told = await running.latest("fristvagt.progress")
        assert sum(each["applied"]["fristvagt.facts"] for each in told.values()) == 40
        assert {each["caught_up_at"] for each in told.values()} == {"2026-02-02T08:00:01Z"}


async def test_progress_stands_still_while_something_due_has_not_been_looked_at(stack, clock, ends) -> None:
    async with stack() as running:
        await running.facts(event("1", due=later(10)))
        await running.settle()
        await running.until(lambda: caught_up(running) == {START})
        ends["more"] = 1
        clock.moment = START + MOMENT * 20
        await asyncio.sleep(PAUSE)
        told = await running.latest("fristvagt.progress")
        assert all(each["caught_up_at"] <= "2026-02-02T08:00:10Z" for each in told.values())


async def test_an_idle_worker_goes_on_saying_that_it_is_alive(stack, clock) -> None:
    async with stack() as running:
        await running.settle()
        for n in range(3):
            clock.moment = START + MOMENT * n
            await running.until(lambda: clock.moment in caught_up(running))
        told = await running.read("fristvagt.progress")
        assert len({each["caught_up_at"] for each in told}) >= 3


async def test_a_failing_timer_ends_the_process_instead_of_watching_nobody(stack, monkeypatch) -> None:
    async with stack() as running:

        async def fail() -> None:
            raise ArithmeticError

        running.watch.deadlines.turn = fail
        with pytest.raises(AssertionError, match="crashed"):
            await running.until(lambda: False)
