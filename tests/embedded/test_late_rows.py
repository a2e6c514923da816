"""A row of a former owner that lands upon a newer one is left out when rows are recovered, and written over."""

import asyncio
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from stream.row import Row
from stream.worker.names import FACTS, ROWS
from stream.worker.quarantine import mark_key
from stream.worker.transport import Outgoing, Sender
from stream.worker.transport.fence import stamp_of
from tests.embedded.damage import watched
from tests.embedded.late import lands, settled_with, written
from tests.embedded.mending import AT, home, last, live, looked, repaired
from tests.embedded.stack import ManualClock, Stack
from tests.unit.engine.events import ENGINE
from tests.unit.worker.toy import event

A = b"k1:a"


@pytest.fixture(autouse=True)
def nothing_is_compacted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the log keep what a log with former owners has: this one compacts whenever it is opened."""
    monkeypatch.setattr("stream.worker.transport.embedded.housekeeping._worth_compacting", lambda _: False)


async def test_a_late_row_is_not_recovered_and_the_newer_one_is_written_anew(stack) -> None:
    await settled_with(first := stack(), event("1"))
    (late,) = await written(first.options, A)
    await settled_with(stack(), event("2"))
    newest = (await written(first.options, A))[-1]
    await lands(first.options, late)
    async with stack(late_rows_interval=0.02) as running:
        await running.until(lambda: running.metric("late_rows_total") == 1)
        assert running.row("k1:a").facts == ("1", "2")
    last = (await written(first.options, A))[-1]
    assert last.value == newest.value
    assert stamp_of(last.headers).epoch > stamp_of(newest.headers).epoch > stamp_of(late.headers).epoch


async def test_a_row_that_was_written_anew_is_late_no_more_after_the_next_restart(stack) -> None:
    await settled_with(first := stack(), event("1"))
    (late,) = await written(first.options, A)
    await settled_with(stack(), event("2"))
    await lands(first.options, late)
    async with stack(late_rows_interval=0.02) as running:
        await running.until(lambda: running.metric("late_rows_total") == 1)
    before = await written(first.options, A)
    async with stack(late_rows_interval=0.02) as running:
        await running.settle()
        assert (running.row("k1:a").facts, running.metric("late_rows_total")) == (("1", "2"), 0)
    assert await written(first.options, A) == before


async def test_a_late_mark_quarantines_nobody_anew(stack) -> None:
    await settled_with(first := stack(), event("1", boom="x"))
    (late,) = await written(first.options, mark_key(A))
    await settled_with(stack(), event("1"))
    assert (await written(first.options, mark_key(A)))[-1].value is None
    await lands(first.options, late)
    async with stack(late_rows_interval=0.02) as running:
        await running.until(lambda: running.metric("late_rows_total") == 1)
        assert running.metric("quarantined_patients") == 0
    assert (await written(first.options, mark_key(A)))[-1].value is None


async def test_rows_that_were_written_before_there_were_stamps_are_recovered(stack) -> None:
    await settled_with(first := stack(), event("1"), event("b", "k1:b"))
    for record in [*await written(first.options, A), *await written(first.options, b"k1:b")]:
        await lands(first.options, type(record)(0, record.key, record.value, (), 0.0))
    async with stack(late_rows_interval=0.02) as running:
        await running.facts(event("2"))
        await running.settle()
        assert [running.row(name).facts for name in ("k1:a", "k1:b")] == [("1", "2"), ("b",)]
        assert running.metric("late_rows_total") == 0


async def test_a_tick_that_is_due_fires_once_though_its_row_was_late(stack, clock) -> None:
    await settled_with(first := stack(), event("1", due="2026-02-02T08:00:10+00:00"))
    late = (await written(first.options, A))[0]
    clock.moment = clock.moment.replace(minute=1)
    await settled_with(stack(), event("2"))
    await lands(first.options, late)
    async with stack(late_rows_interval=0.02) as running:
        await running.until(lambda: running.metric("late_rows_total") == 1)
        await running.settle()
        assert len(running.row("k1:a").looks) == 1


async def test_no_run_is_applied_while_rows_are_written_anew(stack) -> None:
    async with stack() as running:
        async with running.watch.writing:
            await running.facts(event("1"))
            await asyncio.sleep(0.2)
            assert running.row("k1:a") is None
        await running.until(lambda: running.row("k1:a") is not None)


@pytest.mark.slow
async def test_a_row_that_reconcile_has_rebuilt_counts_though_it_has_applied_less_than_the_wrong_one(
    tmp_path: Path,
) -> None:
    await live(stack := Stack(tmp_path / "log", ManualClock(AT), ENGINE, intake=True))
    patient = (await watched(stack.options))[0]
    _, record = (await last(stack.options, ROWS))[patient.encode()]
    wrong = msgspec.structs.replace(Row.decode(record.value), applied={FACTS: 1_000_000})
    async with Sender(stack.options) as sender:
        key = patient.encode()
        await sender.send_many([Outgoing(ROWS, key, wrong.encode(), home(patient), record.headers)])
    await repaired(stack.options)
    for _ in range(2):
        async with stack as running:
            await running.settle()
            assert 0 < running.row(patient).applied[FACTS] < 1_000_000
    assert (await looked(stack.options)).counts == Counter()
