"""New rules after a stop over a midnight: what was sent meanwhile counts before what fell due meanwhile."""

from datetime import timedelta

import pytest

from alerts.policy import Policy
from stream.engine import Engine
from stream.facts.units import Units
from stream.law.rulebook import Rulebook
from tests.embedded.feeds import ledger
from tests.embedded.stack import ManualClock, Stack
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.engine.test_changed_rules import CONSENT, EARLY, START
from tests.unit.law.build import moment

SAME = Engine(Rulebook.load(), Units.load(), Policy.parse(EARLY.replace("plan = 12", "plan = 7")))
"""Rules of another name that change nothing."""

DUE = START.next_due
STOPPED = moment("2026-02-02T14:00")


@pytest.mark.parametrize("engine", [ENGINE, SAME], ids=["same files", "new files"])
async def test_a_fact_that_waited_calls_off_what_fell_due_while_the_worker_was_stopped(tmp_path, engine) -> None:
    clock = ManualClock(STOPPED)
    async with Stack(tmp_path, clock, ENGINE) as stack:
        await stack.facts(kept(CONSENT))
        await stack.settle()
    await stack.facts(kept(event("treatment-started", "2026-02-04T20:00", id="start", modality="surgery")))
    clock.moment = DUE + timedelta(hours=9)
    async with Stack(tmp_path, clock, engine) as stack:
        await stack.settle()
        assert await ledger(stack) == []


async def test_what_fell_due_is_told_by_its_due_moment_and_once(tmp_path) -> None:
    clock = ManualClock(STOPPED)
    async with Stack(tmp_path, clock, ENGINE) as stack:
        await stack.facts(kept(CONSENT))
        await stack.settle()
    clock.moment = DUE + timedelta(hours=9)
    async with Stack(tmp_path, clock, SAME) as stack:
        await stack.settle()
        assert [(r["to"], r["late"], [*r["cause"]]) for r in await ledger(stack)] == [("plan", True, ["due"])]
