"""Rows come back whole after a restart, and go with their partition."""

import pytest
from faust.types import TP

from stream.worker.transport import Outbox, Outgoing, Record, Sender, TransportOptions
from stream.worker.transport.ownership import Batch
from tests.unit.worker.transport.support import Copier, feed, make_topics, numbers, running

CHANGELOG = "copier-rows-changelog"


async def changes(options: TransportOptions, *rows: tuple[bytes, bytes | None], partition: int = 0) -> None:
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(CHANGELOG, key, row, partition) for key, row in rows])


async def test_the_last_change_of_each_row_counts(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await changes(options, *((b"k%d" % (n % 3), b"%d" % n) for n in range(100)))
    async with running(copier):
        assert copier.counts == {b"k0": 99, b"k1": 97, b"k2": 98}


async def test_a_row_deleted_and_written_again_in_one_batch_is_there(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await changes(options, (b"k", b"5"), (b"k", None), (b"k", b"0"))
    async with running(copier):
        assert copier.counts == {b"k": 0}


async def test_a_deleted_row_stays_away(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await changes(options, (b"k", b"5"), (b"other", b"6"), (b"k", None))
    async with running(copier):
        assert copier.counts == {b"other": 6}


async def test_rows_of_many_batches_and_partitions_come_back(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    for partition in range(3):
        await changes(options, *((b"%d-%d" % (partition, n), b"1") for n in range(500)), partition=partition)
    async with running(copier):
        assert len(copier.counts) == 1500


async def test_rows_are_back_before_the_first_run_is_given(options: TransportOptions) -> None:
    seen: list[bytes | None] = []

    async def look(run: object, box: Outbox) -> None:
        seen.append(copier.rows.data.get(b"old"))

    copier = Copier(options, before_store=look)
    await make_topics(copier)
    await changes(options, *((b"k%d" % n, b"1") for n in range(300)), (b"old", b"7"))
    await feed(options, numbers(1))
    async with running(copier):
        await copier.saw(1)
    assert seen == [b"7"]


async def test_a_changelog_read_ahead_of_the_work_overwrites_nothing(options: TransportOptions) -> None:
    copier = Copier(options)
    await make_topics(copier)
    await changes(options, (b"k", b"1"))
    async with running(copier):
        late = Batch(1, [Record(1, b"k", b"0", (), 0.0)], 2)
        assert list(copier.app.consumer._messages(TP(CHANGELOG, 0), late)) == []
        assert copier.counts == {b"k": 1}


@pytest.mark.parametrize(("partition", "left"), [(0, {b"here": 1}), (1, {b"there": 2})])
async def test_recovery_drops_rows_of_partitions_that_moved(
    options: TransportOptions, partition: int, left: dict[bytes, int]
) -> None:
    copier = Copier(options)
    await make_topics(copier)
    async with running(copier):
        box = Outbox(copier.app)
        box.put(copier.rows, b"here", b"1", partition=0)
        box.put(copier.rows, b"there", b"2", partition=1)
        await box.store()
        await copier.rows.data.on_recovery_completed({TP(CHANGELOG, partition)}, set())
        assert copier.counts == left
