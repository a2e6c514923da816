"""No room, no right, no directory: a clear line, nothing acknowledged lost, and on it goes when there is room again."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from stream.worker.transport import (
    Outgoing,
    Sender,
    SendError,
    StoreAccessError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    TopicSpec,
    TransportOptions,
    declared_topics,
    ensure_topics,
)
from stream.worker.transport.embedded import files
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.failures import explain
from tests.unit.worker.transport import counting_worker
from tests.unit.worker.transport.forked import Life, Say
from tests.unit.worker.transport.support import numbers, stored

PARTITIONS, RECORDS, KEYS = 4, 3000, 40
ROOM = 400_000
"""Bytes that a file may grow before it is at its limit."""


def record(value: bytes) -> Outgoing:
    return Outgoing("out", b"k", value, 0)


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


async def store_until_full(options: TransportOptions, say: Say) -> None:
    """Store one record after the other in a process whose files may not grow; say each that was acknowledged."""
    broker = Broker(options)
    await broker.declare(TopicSpec("out", 1))
    limit_files(ROOM)
    for number in range(1_000_000):
        try:
            await broker.append([record(b"%d" % number)])
        except StoreFullError:
            say(b"full")
            return
        say(b"%d" % number)


def test_at_the_limit_nothing_acknowledged_is_lost_and_the_log_goes_on_with_room(options: TransportOptions) -> None:
    *acknowledged, last = Life(partial(store_until_full, options)).lasts(240)
    assert (last, acknowledged) == (b"full", numbers(len(acknowledged)))
    asyncio.run(send(options, [b"more"]))
    assert asyncio.run(stored(options, "out")) == [*acknowledged, b"more"]


async def send(options: TransportOptions, values: list[bytes]) -> None:
    async with Sender(options) as sender:
        await sender.send_many([record(value) for value in values])


async def test_a_full_log_takes_records_again_as_soon_as_there_is_room(options: TransportOptions) -> None:
    broker = Broker(options)
    await broker.declare(TopicSpec("out", 1))
    broker._writer._db.execute("PRAGMA max_page_count=30")
    with pytest.raises(StoreFullError, match=r"records\.sqlite cannot grow .* make room"):
        await broker.append([record(bytes(300_000))])
    broker._writer._db.execute("PRAGMA max_page_count=100000")
    assert await broker.append([record(bytes(300_000))]) == [(0, 0)]
    await broker.close()


def test_a_worker_at_the_limit_ends_with_a_clear_line_and_goes_on_where_it_was(options: TransportOptions) -> None:
    asyncio.run(fill(options))
    size = files.database_path(options.directory).stat().st_size
    ended = run_worker(options, size + ROOM)
    assert ended.returncode == 1
    assert "records.sqlite cannot grow" in ended.stderr
    assert "Nothing acknowledged is lost; make room, then start again" in ended.stderr
    assert run_worker(options).returncode == 0
    copies = asyncio.run(stored(options, "out"))
    assert sorted(copies, key=str) == sorted((b"%d" % n + bytes(300) for n in range(RECORDS)), key=str)


async def fill(options: TransportOptions) -> None:
    app = counting_worker.make(options, PARTITIONS)
    assert not await ensure_topics(options, declared_topics(app), create=True)
    records = [Outgoing("in", b"k%d" % (n % KEYS), b"%d" % n + bytes(300)) for n in range(RECORDS)]
    async with Sender(options) as sender:
        await sender.send_many(records)


def run_worker(options: TransportOptions, limit: int = resource.RLIM_INFINITY) -> "subprocess.CompletedProcess[str]":
    """Run the counting worker until it ends by itself, or has counted everything."""
    words = [sys.executable, "-m", counting_worker.__name__, options.url, "20", str(PARTITIONS)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as worker:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (limit, limit))
        while worker.poll() is None and len(asyncio.run(stored(options, "out"))) < RECORDS:
            time.sleep(0.1)
        worker.terminate()
        _, errors = worker.communicate(timeout=60)
    return subprocess.CompletedProcess(words, worker.returncode, stderr=errors)


# What stands in the way


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreAccessError, match=r"file/log cannot be used for the embedded log: Not a directory"):
        files.DirectoryLock(tmp_path / "file" / "log")


def test_a_directory_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreAccessError, match=r"Permission denied\. It must be a directory that this user may write"):
        files.DirectoryLock(tmp_path)


async def test_a_stranger_who_locks_the_file_is_told_and_waited_for(
    options: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BUSY", 0.2)
    broker = Broker(options)
    await broker.declare(TopicSpec("out", 1))
    with closing(sqlite3.connect(broker.path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError, match=r"another program keeps .* locked"):
            await broker.append([record(b"1")])
        broker._writer._db.execute("PRAGMA busy_timeout = 30000")
        appending = asyncio.ensure_future(broker.append([record(b"1")]))
        await asyncio.sleep(0.05)
        stranger.execute("ROLLBACK")
        assert await appending == [(0, 0)]
    await broker.close()


async def test_a_sender_names_the_file_that_is_in_the_way(options: TransportOptions) -> None:
    async with Sender(options) as sender:
        broker = sender._writer._broker  # type: ignore[attr-defined]  # the embedded one
        await broker.declare(TopicSpec("out", 1))
        broker._writer._db.execute("PRAGMA max_page_count=30")
        with pytest.raises(SendError, match=r"records\.sqlite cannot grow"):
            await sender.send_many([record(bytes(300_000))])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StoreFullError),
        (sqlite3.SQLITE_IOERR_WRITE, StoreFullError),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreAccessError),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreAccessError),
        (sqlite3.SQLITE_CANTOPEN, StoreAccessError),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreDamagedError),
        (sqlite3.SQLITE_NOTADB, StoreDamagedError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreLockedError),
    ],
)
def test_what_sqlite_says_becomes_advice(code: int, kind: type[StoreError]) -> None:
    error = sqlite3.OperationalError("its words")
    error.sqlite_errorcode = code
    found = explain(error, Path("the/file"))
    assert (type(found), "the/file" in str(found)) == (kind, True)


def test_what_is_our_own_mistake_stays_what_it_is() -> None:
    error = sqlite3.IntegrityError("UNIQUE constraint failed")
    error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT_UNIQUE
    assert explain(error, Path("file")) is error
