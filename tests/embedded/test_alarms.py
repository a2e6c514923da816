"""From a referral to its alarms, with the real engine, on a clock that the test sets."""

from datetime import datetime
from typing import Any

import pytest

from stream.clock import parse_moment
from stream.worker.names import ALERTS, INBOX
from tests.embedded.stack import ManualClock, Stack
from tests.unit.engine.events import ENGINE

MONDAY = parse_moment("2026-02-02T12:00:00+01:00")
PASSED = parse_moment("2026-02-17T00:00:00+01:00")
"""The midnight after the deadline of a referral of 2 February 2026."""


def event(name: str, step: str, at: datetime, patient: str = "k1:a", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": "urn:h",
        "type": f"dk.fristvagt.{step}.v1",
        "subject": f"{patient}-p",
        "partitionkey": patient,
        "time": at.isoformat(),
        "data": {"occurred_at": at.isoformat(), **data},
    }


def referral(patient: str = "k1:a") -> dict[str, Any]:
    return event(f"ref-{patient}", "referral-received", MONDAY, patient, purpose="workup", condition="cancer")


def start(at: datetime, patient: str = "k1:a") -> dict[str, Any]:
    return event(f"start-{patient}", "workup-started", at, patient, attendance="physical")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def stack(tmp_path, clock) -> Stack:
    return Stack(tmp_path / "log", clock, ENGINE, intake=True)


async def tiers(stack: Stack, patient: str = "k1:a") -> list[tuple[str, str | None]]:
    """The transitions of the work-up clock of a patient."""
    ledger = [each for each in await stack.read(ALERTS) if each["patient"] == patient]
    return [(each["kind"], each["to"]) for each in ledger if each["right"] == "cancer.workup"]


async def test_without_any_further_event_the_alarm_climbs_day_by_day_until_the_deadline_has_passed(
    stack, clock
) -> None:
    async with stack as running:
        await running.send(INBOX, [referral()])
        await running.settle()
        for day in range(3, 18):
            clock.moment = parse_moment(f"2026-02-{day:02}T00:00:01+01:00")
            await running.settle()
        climbed = [tier for _, tier in await tiers(running)]
        assert climbed == ["plan", "act", "refer", "escalate", "passed"]


async def test_an_alarm_says_what_was_due_and_that_it_came_in_time(stack, clock) -> None:
    async with stack as running:
        await running.send(INBOX, [referral()])
        await running.settle()
        clock.moment = PASSED
        await running.settle()
        workup = [each for each in await running.read(ALERTS) if each["right"] == "cancer.workup"]
        last = workup[-1]
        assert (last["to"], last["due"]) == ("passed", "2026-02-16T23:00:00Z")
        assert (last["late"], last["unverified"]) == (False, False)


async def test_alarms_missed_in_an_outage_come_at_once_and_are_marked_late(stack, clock) -> None:
    async with stack as running:
        await running.send(INBOX, [referral()])
        await running.settle()
    clock.moment = parse_moment("2026-02-18T09:00:00+01:00")
    async with stack as running:
        await running.settle()
        passed = [each for each in await running.read(ALERTS) if each["to"] == "passed"]
        assert {each["late"] for each in passed} == {True}
        assert (await tiers(running))[-1] == ("changed", "passed")


async def test_a_start_that_was_sent_during_an_outage_calls_the_alarm_off(stack, clock) -> None:
    async with stack as running:
        await running.send(INBOX, [referral()])
        await running.settle()
        await running.app.stop()
        in_time = parse_moment("2026-02-09T10:00:00+01:00")
        await running.facts(start(in_time))
    clock.moment = parse_moment("2026-02-18T09:00:00+01:00")
    async with stack as running:
        await running.settle()
        assert "passed" not in [tier for _, tier in await tiers(running)]


async def test_a_restart_raises_no_alarm_twice(stack, clock) -> None:
    for _ in range(3):
        async with stack as running:
            await running.send(INBOX, [referral()])
            clock.moment = PASSED
            await running.settle()
            ids = [each["transition_id"] for each in await running.read(ALERTS)]
            assert len(ids) == len(set(ids))


async def test_changed_rules_are_the_cause_of_what_they_change(stack, clock, tmp_path) -> None:
    async with stack as running:
        await running.send(INBOX, [referral(f"k1:{n}") for n in range(10)])
        await running.settle()
    other = type(ENGINE)(ENGINE.rulebook.read_as("rolling"), ENGINE.units, ENGINE.policy)
    async with Stack(tmp_path / "log", clock, other, intake=True) as running:
        await running.settle()
        assert {row.digest for row in running.all_rows().values()} == {other.digest}
