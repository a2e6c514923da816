"""Nothing leaves before the store, and the store is all or nothing."""

import asyncio
from dataclasses import replace

import pytest
from faust.types import TP

from stream.worker.transport import Outbox, RecordTooLargeError, Run, SendError, TransportOptions
from tests.unit.worker.transport.support import OUT, Copier, feed, make_topics, numbers, running, stored, until


async def test_nothing_is_sent_before_the_store(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.send(OUT, b"k", b"v", partition=1)
        assert await stored(options, OUT) == []
        await box.store()
    assert await stored(options, OUT) == [b"v"]


async def test_an_outbox_is_empty_after_its_store(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.send(OUT, b"k", b"v")
        await box.store()
        assert not box.pending
        await box.store()
    assert await stored(options, OUT) == [b"v"]


async def test_a_row_is_seen_in_the_outbox_at_once_and_in_the_table_after_the_store(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.put(copier.rows, b"k", b"5", partition=0)
        assert (box.get(copier.rows, b"k"), copier.counts) == (b"5", {})
        await box.store()
        assert copier.counts == {b"k": 5}


async def test_the_last_row_of_a_key_wins_and_is_written_once(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        for row in (b"1", b"2", b"3"):
            box.put(copier.rows, b"k", row, partition=0)
        await box.store()
    assert await stored(options, copier.rows.changelog_topic_name) == [b"3"]


async def test_a_deleted_row_is_gone_here_and_after_a_restart(options: TransportOptions) -> None:
    first, second = Copier(options), Copier(options)
    await make_topics(first)
    async with running(first):
        for row in (b"1", None):
            box = Outbox(first.app)
            box.put(first.rows, b"k", row, partition=0)
            box.put(first.rows, b"other", b"2", partition=0)
            await box.store()
        assert first.counts == {b"other": 2}
    async with running(second):
        assert second.counts == {b"other": 2}


async def test_a_deleted_row_is_not_read_from_the_table(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.put(copier.rows, b"k", b"1", partition=0)
        await box.store()
        box.put(copier.rows, b"k", None, partition=0)
        assert box.get(copier.rows, b"k") is None
        await box.store()


async def test_a_record_too_large_is_refused_before_anything_is_sent(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        with pytest.raises(RecordTooLargeError, match="1000001 bytes"):
            box.send(OUT, b"k", b"v" * 1_000_000)
        with pytest.raises(RecordTooLargeError):
            box.put(copier.rows, b"k" * 1_000_000, b"v", partition=0)
        assert not box.pending
        assert not copier.app.crashed


async def test_headers_are_stored(options: TransportOptions) -> None:
    async def mark(run: Run, box: Outbox) -> None:
        seen.extend(record.headers for record in run.records)

    seen: list[tuple[tuple[str, bytes], ...]] = []
    copier = Copier(options, before_store=mark)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.send("in", b"k", b"v", partition=0, headers=[("ce_id", b"7")])
        await box.store()
        await copier.saw(1)
    assert seen == [(("ce_id", b"7"),)]


async def test_what_could_not_be_stored_is_still_in_the_outbox(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.send("no-such-topic", b"k", b"v")
        with pytest.raises(SendError, match="no-such-topic"):
            await box.store()
        assert box.pending
        assert copier.app.crashed


async def test_outputs_and_rows_become_visible_together(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await feed(options, numbers(5))
    async with running(copier):
        broker = copier.app.producer.broker
        ends = lambda: (broker.logs[OUT, 0].end, broker.logs[copier.rows.changelog_topic_name, 0].end)  # noqa: E731
        seen = set()
        async with asyncio.timeout(5):
            while ends() != (5, 1):
                seen.add(ends())
                await asyncio.sleep(0)
        assert seen <= {(0, 0)}
        await until(lambda: copier.counts == {b"k": 5})


async def test_a_run_is_stored_once(options: TransportOptions) -> None:
    async def twice(run: Run, box: Outbox) -> None:
        await box.store()

    copier = Copier(options, before_store=twice)
    await make_topics(copier)
    await feed(options, numbers(3))
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert "one outbox and one store" in str(copier.app.crash_reason)
    assert await stored(options, OUT) == numbers(3)


async def test_the_offset_of_a_run_is_stored_with_its_outputs(options: TransportOptions) -> None:
    copier = Copier(replace(options, commit_interval=3600))
    await make_topics(copier)
    await feed(options, numbers(5))
    async with running(copier):
        await until(lambda: copier.counts == {b"k": 5})
        broker = copier.app.producer.broker
        assert await broker.committed("copier", [TP("in", 0)]) == {TP("in", 0): 5}


async def test_a_late_commit_of_less_takes_nothing_back(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        broker = copier.app.producer.broker
        await broker.append([], ("group", {TP("in", 0): 9}))
        await broker.commit("group", {TP("in", 0): 4})
        assert await broker.committed("group", [TP("in", 0)]) == {TP("in", 0): 9}
