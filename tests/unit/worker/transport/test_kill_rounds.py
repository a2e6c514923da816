"""Kill -9 at random moments of many short lives: what was acknowledged is there, what was not is there whole or not."""

import asyncio
import os
import signal
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from faust.types import TP

from stream.worker.transport import Outbox, Outgoing, Run, TopicSpec, TransportOptions
from stream.worker.transport.embedded import housekeeping, tables
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.files import open_for_reading, open_for_writing
from stream.worker.transport.embedded.housekeeping import tidy
from stream.worker.transport.embedded.sharing import acquire
from stream.worker.transport.options import topic_config
from tests.unit.worker.transport.forked import Life, Say, chances
from tests.unit.worker.transport.support import OUT, Copier, feed, make_topics, numbers, stored

LANES = 3
"""Tasks that store side by side, so that transactions are shared."""


@pytest.mark.parametrize("synchronous", ["full", "normal"])
def test_what_was_acknowledged_is_there_after_every_kill_and_nothing_is_torn(tmp_path: Path, synchronous: str) -> None:
    options = TransportOptions(url=f"embedded:{tmp_path}", synchronous=synchronous)  # type: ignore[arg-type]  # parametrised
    chance, acknowledged = chances(), [0] * LANES
    for _ in range(50):
        life = Life(partial(store_for_ever, options))
        if chance.random() < 0.7:
            life.speaks()
        for line in life.lasts(chance.uniform(0, 0.05)):
            lane, number = map(int, line.split())
            acknowledged[lane] = number
        found = found_in(options.directory)
        assert [min(pair) for pair in zip(found, acknowledged, strict=True)] == acknowledged
        acknowledged = found
    assert min(acknowledged) > 0


def test_a_kill_while_the_file_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    chance = chances()
    for number in range(40):
        options = TransportOptions(url=f"embedded:{tmp_path / str(number)}")
        Life(partial(store_for_ever, options)).lasts(chance.uniform(0, 0.02))
        options.directory.mkdir(exist_ok=True)
        open_for_writing(options.directory, "full")[0].close()


async def store_for_ever(options: TransportOptions, say: Say) -> None:
    housekeeping._WORTH_IT = 5
    broker = Broker(options)
    await broker.declare(TopicSpec("out", LANES))
    await broker.declare(TopicSpec("rows", LANES, 1, topic_config(compacted=True, retention=None)))
    async with asyncio.TaskGroup() as tasks:
        for lane in range(LANES):
            tasks.create_task(fill(broker, lane, say))
        while True:
            await tidy(broker)
            await asyncio.sleep(0.001)


async def fill(broker: Broker, lane: int, say: Say) -> None:
    """Store batch after batch, each with a row and an offset of the same number."""
    place = TP("out", lane)
    number = (await broker.committed("group", [place])).get(place, 0)
    while True:
        number += 1
        copies = [Outgoing("out", b"k", b"%d/%d" % (number, n), lane) for n in range(size(number))]
        row = Outgoing("rows", b"key", b"%d" % number, lane)
        await broker.append([*copies, row], settles=("group", {place: number}))
        say(b"%d %d" % (lane, number))


def size(number: int) -> int:
    return number % 7 + 1


def found_in(directory: Path) -> list[int]:
    """Return the number of each lane's last batch."""
    open_for_writing(directory, "full")[0].close()
    db = open_for_reading(directory)
    assert db is not None
    with closing(db):
        return [last_batch(db, lane) for lane in range(LANES)]


def last_batch(db: sqlite3.Connection, lane: int) -> int:
    """Every batch before it, its row and its offset must be there too."""
    batches = defaultdict(list)
    logs = {name: tables.logs_of(topic)[lane] for name, topic in tables.topics(db).items()}
    for record in everything(db, logs.get("out")):
        number, copy = map(int, (record.value or b"").split(b"/"))
        batches[number].append(copy)
    last = max(batches, default=0)
    rows = [int(record.value or b"") for record in everything(db, logs.get("rows"))]
    committed = tables.committed(db, "group").get(logs.get("out", 0), 0)
    assert batches == {number: list(range(size(number))) for number in range(1, last + 1)}
    assert (max(rows, default=0), committed) == (last, last)
    return last


def everything(db, log):
    return [] if log is None else tables.read(db, log, 0, tables.end_offset(db, log), 1_000_000)


# Whole workers, without any guard against repetition


@pytest.mark.timeout(900)
def test_a_worker_that_is_killed_at_random_does_everything_exactly_once(options: TransportOptions) -> None:
    chance, records, lives = chances(), 2000, 0
    asyncio.run(prepare(options, records))
    while len(asyncio.run(stored(options, OUT))) < records:
        Life(partial(work, options, die_at=None)).speaks().lasts(chance.uniform(0, 0.1))
        lives += 1
    assert asyncio.run(stored(options, OUT)) == numbers(records)
    assert asyncio.run(last_row(options)) == b"%d" % records
    assert lives > 2


def test_a_worker_that_dies_right_after_each_first_store_gets_on(options: TransportOptions) -> None:
    asyncio.run(prepare(options, 20))
    for _ in range(4):
        Life(partial(work, options, die_at=1)).lasts(20)
    assert asyncio.run(stored(options, OUT)) == numbers(20)
    assert asyncio.run(last_row(options)) == b"20"


async def prepare(options: TransportOptions, records: int) -> None:
    await make_topics(Copier(options))
    await feed(options, numbers(records))


async def work(options: TransportOptions, say: Say, *, die_at: int | None) -> None:
    """Count and copy, believing that nothing comes twice. `die_at` is the run whose store is not reached any more."""

    async def die(_run: Run, _box: Outbox) -> None:
        say(b"works")
        if die_at is not None and len(copier.runs) > die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    copier = Copier(replace(options, commit_interval=3600), before_store=die)
    acquire(options)
    await copier.app.start()
    while die_at is None or sum(copier.counts.values()) < 20:  # noqa: ASYNC110 - until the kill
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


async def last_row(options: TransportOptions) -> bytes | None:
    return (await stored(options, "copier-rows-changelog"))[-1]
