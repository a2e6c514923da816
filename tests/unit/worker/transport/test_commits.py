"""What is committed was stored; what was not stored is read again."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from faust.types import TP

from stream.worker.transport import (
    AppCrashedError,
    Outbox,
    Run,
    SendError,
    TransportError,
    TransportOptions,
    UnsettledRunError,
    committed,
    settled_upto,
)
from stream.worker.transport.ownership import Batch
from tests.unit.worker.transport.support import (
    IN,
    OUT,
    Copier,
    feed,
    make_topics,
    numbers,
    running,
    stored,
    until,
)


class BugError(Exception):
    """A mistake in an agent."""


async def fail_at_7(run: Run, box: Outbox) -> None:
    if any(record.value == b"7" for record in run.records):
        raise BugError


async def test_a_settled_run_is_committed(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(8))
    async with running(copier):
        await until(lambda: committed(copier.app, IN, 0) == 8)


async def test_nothing_is_committed_while_a_run_is_not_stored(options: TransportOptions) -> None:
    go_on = asyncio.Event()

    async def wait(run: Run, box: Outbox) -> None:
        if run.first_offset == 5:
            await go_on.wait()

    copier = Copier(options, before_store=wait)
    await make_topics(copier)
    await feed(options, numbers(20))
    async with running(copier):
        await copier.saw(10)
        await until(lambda: committed(copier.app, IN, 0) == 5)
        await asyncio.sleep(0.2)
        assert committed(copier.app, IN, 0) == 5
        go_on.set()
        await until(lambda: committed(copier.app, IN, 0) == 20)


async def test_an_exception_in_an_agent_crashes_the_app(options: TransportOptions) -> None:
    copier = Copier(options, before_store=fail_at_7)
    await make_topics(copier)
    await feed(options, numbers(15))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert isinstance(copier.app.crash_reason, BugError)


async def test_a_run_that_failed_and_those_behind_it_are_read_again(options: TransportOptions) -> None:
    first, second = Copier(options, before_store=fail_at_7), Copier(options)
    await make_topics(first)
    await feed(options, numbers(15))
    async with running(first):
        await until(lambda: bool(first.app.crashed))
    async with running(second):
        await second.saw(10)
    assert second.values == numbers(10, 5)


async def test_outputs_and_rows_of_a_failed_run_are_not_stored_in_part(options: TransportOptions) -> None:
    copier = Copier(options, before_store=fail_at_7)
    await make_topics(copier)
    await feed(options, numbers(15))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert await stored(options, OUT) == numbers(5)


async def test_no_later_run_is_taken_in_after_one_that_failed(options: TransportOptions) -> None:
    copier = Copier(options, before_store=fail_at_7)
    await make_topics(copier)
    await feed(options, numbers(50))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
        await asyncio.sleep(0.2)
    assert copier.values == numbers(10)


async def test_a_run_out_of_turn_is_refused(options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    copier = Copier(options)
    await make_topics(copier)
    messages = copier.app.consumer._messages

    def lose_the_first(tp: TP, batch: Batch) -> Iterator[Any]:
        return islice(messages(tp, batch), 1 if batch.start == 0 else 0, None)

    monkeypatch.setattr(copier.app.consumer, "_messages", lose_the_first)
    await feed(options, numbers(10))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert isinstance(copier.app.crash_reason, UnsettledRunError)
    assert copier.values == []


async def test_a_crashed_app_takes_in_nothing_more(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        await until(lambda: settled_upto(copier.app, IN, 0) == 0)
        copier.app._crash(BugError())
        await feed(options, numbers(3))
        await asyncio.sleep(0.2)
    assert copier.values == []


async def test_a_crashed_app_writes_nothing_more(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.send(OUT, b"k", b"v")
        await copier.app.crash(BugError())
        with pytest.raises(AppCrashedError):
            await box.store()
    assert await stored(options, OUT) == []


async def test_outputs_that_cannot_be_stored_crash_the_app(options: TransportOptions) -> None:
    async def send_nowhere(run: Run, box: Outbox) -> None:
        box.send("no-such-topic", b"k", b"v")

    copier = Copier(options, before_store=send_nowhere)
    await make_topics(copier)
    await feed(options, numbers(3))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
        assert committed(copier.app, IN, 0) is None
    assert isinstance(copier.app.crash_reason, SendError)
    assert "no-such-topic" in str(copier.app.crash_reason)


async def test_a_store_that_takes_too_long_crashes_the_app(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: Any) -> None:
        await asyncio.sleep(60)

    async def quick(run: Run, box: Outbox) -> None:
        monkeypatch.setattr(copier.app.producer, "store_runs", hang)
        await Outbox(copier.app, timeout=0.05).store()

    copier = Copier(options, before_store=quick)
    await make_topics(copier)
    await feed(options, numbers(3))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert "not acknowledged within 0.05 s" in str(copier.app.crash_reason)


async def test_asking_for_the_next_run_with_outputs_not_stored_is_an_error(options: TransportOptions) -> None:
    async def forget(run: Run, box: Outbox) -> None:
        Outbox(copier.app).send(OUT, b"k", b"forgotten")

    copier = Copier(options, before_store=forget)
    await make_topics(copier)
    await feed(options, numbers(3))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
        assert settled_upto(copier.app, IN, 0) == 0
    assert isinstance(copier.app.crash_reason, UnsettledRunError)


@pytest.mark.parametrize("way", ["send", "send_and_wait", "create_topic"])
async def test_faust_has_no_other_way_to_write(options: TransportOptions, way: str) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        with pytest.raises(TransportError, match=OUT):
            await getattr(copier.app.producer, way)(OUT, b"k", b"v")


async def test_a_row_written_past_the_outbox_crashes_the_app(options: TransportOptions) -> None:
    async def write(run: Run, box: Outbox) -> None:
        copier.rows[b"k"] = b"99"

    copier = Copier(options, before_store=write)
    await make_topics(copier)
    await feed(options, numbers(3))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert isinstance(copier.app.crash_reason, TransportError)


async def test_a_commit_that_fails_crashes_the_app(options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> bool:
        if not copier.app.crashed:
            raise sqlite3.OperationalError("disk full")
        return False

    copier = Copier(options)
    await make_topics(copier)
    monkeypatch.setattr(copier.app.consumer, "_commit", refuse)
    await feed(options, numbers(3))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))


async def test_a_fetch_that_fails_crashes_the_app(options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise sqlite3.OperationalError("disk gone")

    copier = Copier(options)
    await make_topics(copier)
    monkeypatch.setattr(copier.app.consumer, "_fetch", refuse)
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))


async def test_a_topic_that_nobody_declared_crashes_the_app(options: TransportOptions) -> None:
    copier = Copier(options)
    del copier.app.declared[OUT], copier.app.declared[IN]
    starting = asyncio.ensure_future(copier.app.start())
    await until(lambda: bool(copier.app.crashed))
    starting.cancel()
    await copier.app.stop()
    assert f"there is no topic {IN}" in str(copier.app.crash_reason)


async def test_a_commit_asked_for_during_another_takes_in_what_was_settled_since(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    copier = Copier(replace(options, commit_interval=3600))
    await make_topics(copier)
    commit, go_on = copier.app.consumer._commit, asyncio.Event()

    async def slow(offsets: Any) -> Any:
        await go_on.wait()
        return await commit(offsets)

    monkeypatch.setattr(copier.app.consumer, "_commit", slow)
    async with running(copier):
        await feed(options, numbers(3))
        await until(lambda: settled_upto(copier.app, IN, 0) == 3)
        older = asyncio.ensure_future(copier.app.consumer.commit())
        await feed(options, numbers(3, 3))
        await until(lambda: settled_upto(copier.app, IN, 0) == 6)
        newer = asyncio.ensure_future(copier.app.consumer.commit())
        go_on.set()
        assert [await older, await newer] == [True, True]
        assert committed(copier.app, IN, 0) == 6


async def test_a_crashed_app_waits_for_no_commit(options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_: Any) -> None:
        await asyncio.Event().wait()

    copier = Copier(replace(options, commit_interval=3600))
    await make_topics(copier)
    async with running(copier):
        await feed(options, numbers(3))
        await copier.saw(3)
        monkeypatch.setattr(copier.app.consumer, "force_commit", hang)
        stuck = asyncio.ensure_future(copier.app.consumer.commit())
        await asyncio.sleep(0)
        await copier.app.crash(BugError())
        assert await asyncio.wait_for(copier.app.consumer.commit(), 5) is False
        stuck.cancel()
