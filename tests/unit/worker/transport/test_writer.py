"""Jobs that wait together share a transaction, and each fails for its own reason only."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stream.worker.transport.embedded.writer import Writer


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    db = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    writer = Writer(db)
    yield writer
    await writer.close()


class Insert:
    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, db: sqlite3.Connection) -> int:
        db.execute("INSERT INTO t VALUES (?)", (self.n,))
        return self.n


def rows(db: sqlite3.Connection) -> list[int]:
    return [n for (n,) in db.execute("SELECT n FROM t ORDER BY n")]


async def test_a_job_gives_its_result(writer: Writer) -> None:
    assert await writer.submit(Insert(3)) == 3


async def test_jobs_are_done_in_the_order_in_which_they_came(writer: Writer) -> None:
    jobs = [writer.submit(Insert(n)) for n in range(200)]
    assert await writer.submit(rows) == list(range(200))
    assert [await job for job in jobs] == list(range(200))


async def test_a_job_that_fails_spoils_none_of_its_neighbours(writer: Writer) -> None:
    jobs = [writer.submit(Insert(n)) for n in (1, 2, 2, 3)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(result) for result in results] == [int, int, sqlite3.IntegrityError, int]
    assert await writer.submit(rows) == [1, 2, 3]


async def test_a_job_whose_caller_went_away_is_done_all_the_same(writer: Writer) -> None:
    writer.submit(Insert(1)).cancel()
    assert await writer.submit(rows) == [1]


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    writer = Writer(db)
    jobs = [writer.submit(Insert(n)) for n in range(100)]
    await writer.close()
    assert [await job for job in jobs] == list(range(100))


class Notes:
    """Counts transactions as the seal does."""

    def __init__(self, error: OSError | None = None) -> None:
        self.noted: list[tuple[int, int]] = []
        self.counted = 0
        self._error = error

    def count(self, db: sqlite3.Connection) -> int:
        self.counted += 1
        return self.counted

    def set(self, number: int) -> None:
        if self._error:
            raise self._error
        self.noted.append((number, self.counted))


async def test_a_commit_is_noted_before_it_is_acknowledged(tmp_path: Path) -> None:
    db, notes = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False), Notes()
    db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    writer = Writer(db, notes)
    await writer.submit(Insert(1))
    assert notes.noted == [(1, 1)]
    await writer.close()


async def test_what_could_not_be_noted_is_not_acknowledged_and_not_done_twice(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE t (n INTEGER)")
    writer = Writer(db, Notes(OSError("no room")))
    failed = await asyncio.gather(*(writer.submit(Insert(n)) for n in (1, 2, 3)), return_exceptions=True)
    assert [type(each) for each in failed] == [OSError] * 3
    with pytest.raises(OSError, match="no room"):
        await writer.submit(rows)
    assert rows(db) == [1, 2, 3]
    await writer.close()
