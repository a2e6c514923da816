"""What an operator sees of the watch."""

from datetime import timedelta

from prometheus_client import generate_latest

from stream.worker.names import FACTS, INBOX, WATCHED
from tests.unit.worker.toy import START, event, later


def shown(running) -> str:
    return generate_latest(running.registry).decode()


async def test_no_metric_names_a_patient_a_pathway_or_an_event(stack) -> None:
    async with stack() as running:
        await running.facts(event("secret-event", "k1:secret"), event("boom", "k1:secret", boom="x"))
        await running.settle()
        assert "secret" not in shown(running)


async def test_a_fresh_watch_shows_every_reading(stack) -> None:
    async with stack() as running:
        await running.settle()
        assert running.metric("recovered") == 1
        assert running.metric("rebalancing") == 0
        await running.until(lambda: {running.metric("caught_up", partition=str(n)) for n in range(4)} == {1})
        assert all(running.metric("lag_records", topic=topic, partition="0") == 0 for topic in WATCHED)


async def test_records_runs_and_ledger_records_are_counted(stack) -> None:
    async with stack() as running:
        await running.facts(*[event(str(n), f"k1:{n % 3}") for n in range(30)])
        await running.settle()
        assert running.metric("records_total", topic=FACTS) == 30
        assert running.metric("ledger_records_total", kind="raised", tier="plan") == 30
        assert 0 < running.metric("runs_total", topic=FACTS) <= 30


async def test_due_moments_and_the_oldest_overdue_are_shown(stack, clock, monkeypatch) -> None:
    async with stack(unverified_after=1e9) as running:
        await running.facts(event("1", due=later(10)), event("2", "k1:b", due=later(1000)))
        await running.settle()
        assert running.metric("due_moments") == 2
        monkeypatch.setattr("stream.worker.deadlines.highwater", lambda *_: None)
        clock.moment = START + timedelta(seconds=40)
        await running.until(lambda: running.metric("oldest_due_age_seconds") == 30)


async def test_open_clocks_are_shown_by_days_left_and_passed_ones_apart(stack, clock) -> None:
    async with stack() as running:
        await running.facts(event("1"))
        await running.settle()
        assert running.metric("open_clocks_due", right="cancer.workup", days="8") == 1
        clock.moment = START + timedelta(days=9)
        assert running.metric("passed_clocks", right="cancer.workup") == 1


async def test_lag_is_shown_while_records_wait(stack, monkeypatch) -> None:
    async with stack() as running:
        await running.settle()
        monkeypatch.setattr("stream.worker.readings.settled_upto", lambda *_: 0)
        await running.facts(event("1"))
        await running.settle()
        assert sum(running.metric("lag_records", topic=FACTS, partition=str(n)) for n in range(4)) == 1


async def test_what_waits_for_intake_is_shown_by_the_watch(stack, clock) -> None:
    async with stack() as running:
        await running.settle()
        await running.until(lambda: running.watch.deadlines.judged is not None)
        await running.send(INBOX, [event("1"), event("2")])
        clock.moment = START + timedelta(seconds=40)
        await running.until(lambda: running.metric("inbox_waiting_records") == 2)
        assert running.metric("intake_judged_age_seconds") == 40
