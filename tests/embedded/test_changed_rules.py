"""New rules for a running system: every patient is looked at, what changes is said, and nothing is said again."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alerts.policy import Policy
from stream.engine import Engine
from stream.facts.units import Units
from stream.law.rulebook import Rulebook
from stream.replay import Replay
from stream.row import FORMAT
from stream.worker.names import FACTS, ROWS
from stream.worker.partition import partition_of
from stream.worker.recovery import ForeignRowError
from stream.worker.transport import Outgoing, Sender, TransportOptions
from stream.worker.transport.running import crash_reason
from tests.embedded.feeds import ledger, lines, outgoing, simulated, streamed
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE
from tests.unit.engine.test_changed_rules import EARLY

AT = datetime(2026, 1, 22, 12, tzinfo=UTC)
FEED = simulated(60, 11, date(2026, 1, 5), date(2026, 1, 20), AT)
EARLIER = Engine(Rulebook.load(), Units.load(), Policy.parse(EARLY))


async def run(folder: Any, engine: Engine, minutes: int = 0, events: Any = ()) -> tuple[Counter[str], dict[str, Any]]:
    """Run a version of the worker until nothing moves; return how often each transition is told, and the clocks."""
    at = AT + timedelta(minutes=minutes)
    async with Stack(folder, ManualClock(at), engine, intake=True) as stack:
        await stack.write(outgoing(events, PARTITIONS))
        await stack.settle()
        assert {row.digest for row in stack.all_rows().values()} == {engine.digest}, "every patient was looked at"
        return Counter(each["transition_id"] for each in await ledger(stack)), await streamed(stack, AT)


def tiers(engine: Engine) -> dict[str, Any]:
    """What a system says that never had other rules."""
    replay = Replay(engine, AT)
    for line in lines(FEED):
        replay.take(line)
    return {clock["clock_id"]: clock["tier"] for clock in replay.clocks()}


async def test_a_changed_policy_changes_what_it_must_and_repeats_no_alarm(tmp_path) -> None:
    told, before = await run(tmp_path, ENGINE, events=FEED)
    after, clocks = await run(tmp_path, EARLIER, minutes=1)
    assert not told - after, "the history stays"
    assert max(after.values()) == 1, "nothing is told again"
    changed = {clock_id for clock_id, clock in clocks.items() if clock["tier"] != before[clock_id]["tier"]}
    assert len(after) - len(told) == len(changed) > 0
    assert {clock_id: clock["tier"] for clock_id, clock in clocks.items()} == tiers(EARLIER)


async def test_workers_of_two_versions_that_take_turns_stay_true_at_every_turn(tmp_path) -> None:
    told, _ = await run(tmp_path, ENGINE, events=FEED)
    for minutes, engine in enumerate((EARLIER, ENGINE, EARLIER), start=1):
        before = told
        told, clocks = await run(tmp_path, engine, minutes)
        assert {clock_id: clock["tier"] for clock_id, clock in clocks.items()} == tiers(engine)
        assert len(told) > len(before), "each turn is in the ledger"
        assert max(told.values()) == 1, "under ids of its own, or readers would drop it"


async def test_a_row_of_a_newer_format_ends_the_worker_with_a_line_that_says_what_to_do(tmp_path) -> None:
    await run(tmp_path, ENGINE, events=FEED[:5])
    options = TransportOptions(url=f"embedded:{tmp_path}", replication=1)
    patient = b"k1:of-a-newer-version"
    row = Outgoing(ROWS, patient, bytes([FORMAT + 1, 0]), partition_of(patient, PARTITIONS))
    async with Sender(options) as sender:
        await sender.send_many([row])
    stack = Stack(tmp_path, ManualClock(AT), ENGINE)
    with pytest.raises(AssertionError, match="the app has crashed") as crash:
        async with stack:
            raise AssertionError(f"watched without the patient in {FACTS}")
    assert isinstance(crash.value.__cause__, ForeignRowError)
    assert "start the version of Fristvagt that wrote it" in crash_reason(stack.app)
