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
