"""The watch agent with a toy engine: what it owes every engine."""

import asyncio

import msgspec
import pytest

from stream.clock import parse_moment
from stream.worker.due_heap import Sight
from stream.worker.folded import Folded, Ticked
from stream.worker.names import ALERTS, CLOCKS, DEADLETTERS, FACTS, PROGRESS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing
from tests.embedded.stack import PARTITIONS
from tests.unit.worker.toy import ToyEngine, command, event, later


def patients(count: int) -> list[str]:
    return [f"k1:{number}" for number in range(count)]


async def test_facts_commands_and_ticks_of_the_same_patients_at_once_lose_nothing(stack):
    names = patients(30)
    async with stack() as running:
        for step in range(10):
            facts = [event(f"{name}-{step}", name, due=later(-1)) for name in names]
            commands = [command(f"{name}-{step}", name) for name in names]
            await asyncio.gather(running.facts(*facts), running.commands(*commands))
            await asyncio.sleep(0.01)
        await running.settle()
        rows = [running.row(name) for name in names]
        assert [len(row.facts) for row in rows] == [10] * 30
        assert [len(row.commands) for row in rows] == [10] * 30
        assert all(row.looks and row.next_due is None for row in rows)


async def test_every_transition_is_in_the_ledger_under_its_patient(stack):
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n % 7}") for n in range(70)])
        await running.settle()
        ledger = await running.records(ALERTS)
        assert len(ledger) == 70
        assert {record.key for record in ledger} == {f"k1:{n}".encode() for n in range(7)}


async def test_ledger_and_rows_lie_in_the_patients_partition(stack):
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n}") for n in range(20)])
        await running.settle()
        assert all(row.partition == partition_of(key, PARTITIONS) for key, row in running.all_rows().items())


async def test_the_last_clocks_of_a_pathway_are_published(stack):
    async with stack() as running:
        await running.facts(event("1"), event("2"), event("3"))
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["clocks"] == ["1", "2", "3"]


async def test_a_restart_in_the_middle_changes_nothing(stack):
    names = patients(20)
    for part in range(3):
        async with stack() as running:
            await running.facts(*[event(f"{name}-{part}-{n}", name) for n in range(10) for name in names])
            await running.until(lambda running=running: running.metric("runs_total", topic=FACTS) > 0)
    async with stack() as running:
        await running.settle()
        assert {len(row.facts) for row in running.all_rows().values()} == {30}
        assert len(await running.read(ALERTS)) == 600


async def test_records_delivered_again_after_a_lost_commit_change_nothing(stack):
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n % 5}", due=later(60)) for n in range(100)])
        await running.settle()
        before, ledger = running.all_rows(), await running.read(ALERTS)
        running.app.consumer._sources = {}  # a killed process commits nothing on its way out
        await running.app.producer.broker.write(lambda db: db.execute("DELETE FROM offsets") and None)
    async with stack() as running:
        await running.settle()
        assert running.metric("records_skipped_total") == 100
        assert running.all_rows() == before
        assert await running.read(ALERTS) == ledger


async def test_a_raising_patient_is_quarantined_and_its_partition_goes_on(stack):
    same = [name for name in patients(100) if partition_of(name.encode(), PARTITIONS) == 1][:5]
    async with stack() as running:
        await running.facts(event("bad", same[0], boom="x"), *[event(f"{name}-1", name) for name in same])
        await running.settle()
        assert [running.row(name).facts for name in same] == [(f"{name}-1",) for name in same]
        assert running.metric("quarantined_patients") == 1
        assert [letter["id"] for letter in await running.read(DEADLETTERS)] == ["bad"]


async def test_a_quarantined_patient_is_shown_as_incomplete_until_the_event_is_accepted(stack):
    async with stack() as running:
        await running.facts(event("1"), event("2", boom="x"))
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["incomplete"] is True
        await running.facts(event("2"))
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["incomplete"] is False
        assert running.metric("quarantined_patients") == 0


async def test_quarantine_survives_a_restart(stack, engine):
    engine.broken = True
    async with stack() as running:
        await running.facts(event("1"))
        await running.settle()
        assert running.metric("quarantined_patients") == 1
    engine.broken = False
    async with stack() as running:
        await running.settle()
        assert running.metric("quarantined_patients") == 1
        assert running.row("k1:a").missing == (("urn:test", "1"),)


async def test_a_patient_of_whom_nothing_can_be_published_is_named_to_the_readers_until_it_is_mended(stack, engine):
    async with stack() as running:
        await running.facts(event("1"))
        await running.settle()
        engine.broken = True
        await running.facts(event("2"))
        await running.settle()
        assert (await running.latest(CLOCKS))[b"k1:a-p"]["incomplete"] is False
        assert await named(running) == ["k1:a"]
        engine.broken = False
        await running.facts(event("2"))
        await running.settle()
        assert await named(running) == []


async def named(running):
    await asyncio.sleep(0.2)  # when nothing else happens, progress is told a little later
    return [name for told in (await running.latest(PROGRESS)).values() for name in told["quarantined_patients"]]


async def test_bytes_that_nobody_can_read_stop_nothing(stack):
    async with stack() as running:
        await running.write([Outgoing(FACTS, b"k1:a", b"\xff\x00", partition_of(b"k1:a", PARTITIONS))])
        await running.write([Outgoing(FACTS, None, b"{}", 0), Outgoing(FACTS, b"k1:a", None, 0)])
        await running.facts(event("1"))
        await running.settle()
        assert running.row("k1:a").facts == ("1",)
        assert len(await running.read(DEADLETTERS)) == 3


async def test_a_stranger_who_writes_a_patient_into_another_partition_takes_nothing_from_it(stack):
    wrong = (partition_of(b"k1:a", PARTITIONS) + 1) % PARTITIONS
    async with stack() as running:
        strangers = [Outgoing(FACTS, b"k1:a", msgspec.json.encode(event(f"x{n}")), wrong) for n in range(5)]
        await running.write(strangers)
        await running.facts(event("1"))
        await running.settle()
        assert running.row("k1:a").facts == ("1",)
        assert running.metric("dead_letters_total", reason="quarantined") == 5


async def test_a_broken_engine_quarantines_patients_and_keeps_the_worker_alive(stack, engine):
    engine.broken = True
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n}") for n in range(50)])
        await running.settle()
        assert running.metric("quarantined_patients") == 50
        assert running.metric("dead_letters_total", reason="quarantined") == 50


async def test_changed_rules_evaluate_every_row_again_at_start(stack, engine):
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n}") for n in range(25)])
        await running.settle()
    engine.digest = "two"
    async with stack() as running:
        await running.settle()
        assert {row.digest for row in running.all_rows().values()} == {"two"}
        causes = [record["cause"] for record in await running.read(ALERTS)]
        assert causes.count({"rulebook": "two"}) == 25


async def test_the_same_rules_evaluate_nothing_again_at_start(stack):
    async with stack() as running:
        await running.facts(event("1"))
        await running.settle()
    async with stack() as running:
        await running.settle()
        assert (len(await running.read(ALERTS)), await running.ticks()) == (1, [])


async def test_a_row_of_a_later_version_stops_the_worker_with_a_clear_error(stack, monkeypatch, caplog):
    async with stack() as running:
        await running.facts(event("1"))
        await running.settle()
    monkeypatch.setattr("tests.unit.worker.toy.ToyRows.knows", lambda self, data: False)
    running = stack()
    with pytest.raises(AssertionError, match="crashed"):
        async with running:
            pass
    assert "start the version of Fristvagt that wrote it" in str(running.app.crash_reason)


async def test_open_clocks_are_counted_again_after_a_restart(stack):
    async with stack() as running:
        await running.facts(event("1"), event("2"))
        await running.settle()
        before = running.metric("open_clocks", right="cancer.workup", region="1084", tier="none")
    async with stack() as running:
        after = running.metric("open_clocks", right="cancer.workup", region="1084", tier="none")
        assert (before, after) == (2, 2)


async def test_an_engine_that_never_saw_the_patient_decides_on_commands_too(stack):
    assert isinstance(stack().engine, ToyEngine)
    async with stack() as running:
        await running.commands(command("c", kind="refused", source="urn:h", id="7"))
        await running.settle()
        assert running.row("k1:a").missing == (("urn:h", "7"),)


async def test_a_moment_that_is_due_again_behind_its_tick_in_the_same_runs_is_ticked_again(stack):
    async with stack() as running:
        watch, due = running.watch, parse_moment(later(-1))
        watch.deadlines.start(0, [(b"k1:a", due)])
        sight = Sight(running.clock.now(), 0.0, running.clock.now(), None)
        heap = watch.deadlines.partitions[0].heap
        assert [each.key for each in heap.take(sight)] == [b"k1:a"]
        looked_at = Folded(b"k1:a", 0, ticks=[Ticked(due, late=False, unverified=False)], retry_at=due)
        watch._note(looked_at)
        assert [each.key for each in heap.take(sight)] == [b"k1:a"]
