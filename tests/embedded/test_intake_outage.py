"""Intake stands still while the watch runs: no alarm that an unread event would have called off, and no silence."""

import asyncio

import pytest

from stream.clock import parse_moment
from stream.worker.names import ALERTS, INBOX, PROGRESS
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.embedded.test_alarms import MONDAY, PASSED, referral, start, tiers
from tests.unit.engine.events import ENGINE

PAUSE = 0.4
"""Seconds of real time in which a worker that fires too early would be caught."""
EARLY = parse_moment("2026-02-03T10:00:00+01:00")
"""Before the first alarm of a referral of 2 February."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def stack(tmp_path, clock):
    def build(*, intake: bool = True, **settings: float) -> Stack:
        return Stack(tmp_path / "log", clock, ENGINE, intake=intake, settings=settings)

    return build


async def overtaken(running: Stack, clock: ManualClock) -> None:
    """Let a deadline pass while the event that calls its alarm off waits in the inbox."""
    await running.send(INBOX, [referral()])
    await running.settle()
    await running.stop_intake()
    await running.send(INBOX, [start(EARLY)])
    clock.moment = PASSED


async def test_what_waits_in_the_inbox_calls_the_alarm_off_before_it_is_raised(stack, clock) -> None:
    async with stack() as running:
        await overtaken(running, clock)
        await asyncio.sleep(PAUSE)
        held = await running.ticks()
        await running.start_intake()
        await running.settle()
        assert held == []
        assert await tiers(running) == []


async def test_when_intake_stays_away_the_alarm_comes_unverified_and_ends_when_it_is_back(stack, clock) -> None:
    async with stack(unverified_after=0.4) as running:
        await overtaken(running, clock)
        await running.settle()
        fired = [each for each in await running.read(ALERTS) if each["right"] == "cancer.workup"]
        assert (fired[-1]["to"], {each["unverified"] for each in fired}) == ("passed", {True})
        await running.start_intake()
        await running.settle()
        assert (await tiers(running))[len(fired) :] == [("closed", None)]


async def test_an_intake_that_is_away_holds_nothing_up_while_nothing_waits_for_it(stack, clock) -> None:
    async with stack() as running:
        await running.send(INBOX, [referral()])
        await running.settle()
        await running.stop_intake()
        clock.moment = PASSED
        await running.settle()
        fired = [each for each in await running.read(ALERTS) if each["to"] == "passed"]
        assert {each["unverified"] for each in fired} == {False}


async def test_a_watch_that_starts_anew_waits_for_the_inbox_too_and_raises_nothing_twice(stack, clock) -> None:
    async with stack() as running:
        await overtaken(running, clock)
        await running.send(INBOX, [referral("k1:b")])
    async with stack(intake=False) as running:
        await asyncio.sleep(PAUSE)
        assert await running.ticks() == []
    async with stack() as running:
        await running.settle()
        climbed = [tier for _, tier in await tiers(running, "k1:b")]
        assert (await tiers(running), climbed) == ([], ["passed"])


async def test_partitions_handed_out_anew_wait_for_the_inbox_too(stack, clock) -> None:
    async with stack() as running:
        await overtaken(running, clock)
        consumer = running.app.consumer
        await consumer._rebalance(frozenset(tp.topic for tp in consumer.assignment()))
        await running.until(lambda: running.watch.is_recovered)
        await asyncio.sleep(PAUSE)
        assert await running.ticks() == []
        await running.start_intake()
        await running.settle()
        assert await tiers(running) == []


async def test_progress_says_how_far_intake_is_and_stands_still_with_it(stack, clock) -> None:
    async with stack() as running:
        await overtaken(running, clock)
        told = running.watch.progress._told
        await running.until(lambda: [each.waiting for each in told.values()] == [1] * PARTITIONS)
        await asyncio.sleep(PAUSE)
        told = (await running.latest(PROGRESS)).values()
        assert {each["caught_up_at"] for each in told} == {"2026-02-02T11:00:00Z"}
        inboxes = [each["inbox"] for each in told]
        assert inboxes == [{"judged_at": "2026-02-02T11:00:00Z", "waiting": 1}] * PARTITIONS


async def test_a_watch_that_can_no_longer_ask_for_intake_ends_instead_of_waiting_for_ever(stack, monkeypatch) -> None:
    async def fail(_: object) -> None:
        raise ArithmeticError

    async with stack() as running:
        monkeypatch.setattr("stream.worker.transport.embedded.groups.EmbeddedGroup.ask", fail)
        with pytest.raises(AssertionError, match="crashed"):
            await running.until(lambda: False)
