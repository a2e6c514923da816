"""The one thread that writes. Jobs that wait together share one transaction, so many small stores cost one sync."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

Result = TypeVar("Result")

_TOGETHER = 64
"""Jobs that share a transaction at most."""


class _Job(NamedTuple):
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


class Counter(Protocol):
    """Counts transactions: within each, and once more where the count cannot be lost together with them."""

    def count(self, db: sqlite3.Connection) -> int:
        """Count the present transaction, and return its number."""

    def set(self, number: int) -> None:
        """Note that the transaction of that number is committed. Raises OSError."""


class Writer:
    """Runs jobs on a SQLite connection, each in one transaction, and resolves their futures after the commit.

    If a shared transaction fails, its jobs are tried again one by one, so that each fails for its own reason only.
    A job may therefore run twice; what it does outside the database must allow that.
    """

    def __init__(self, db: sqlite3.Connection, counter: Counter | None = None) -> None:
        self._db = db
        self._counter = counter
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="embedded-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], Result]) -> asyncio.Future[Result]:
        """Queue a job. Its future is resolved once the job's transaction is committed."""
        future: asyncio.Future[Result] = self._loop.create_future()
        self._jobs.put(_Job(work, future))
        return future

    async def close(self) -> None:
        """Finish what is queued, and stop."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._db.close()

    def _work(self) -> None:
        going = True
        while going:
            jobs = [self._jobs.get()]
            while len(jobs) < _TOGETHER and jobs[-1] is not None and not self._jobs.empty():
                jobs.append(self._jobs.get())
            going = jobs[-1] is not None
            self._run([job for job in jobs if job is not None])

    def _run(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            results, number = self._transact(jobs)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for the job
            if len(jobs) == 1:
                self._resolve(jobs[0], None, error)
            else:
                for job in jobs:
                    self._run([job])
            return
        unnoted = self._note(number)
        for job, result in zip(jobs, results, strict=True):
            self._resolve(job, result, unnoted)

    def _transact(self, jobs: list[_Job]) -> tuple[list[Any], int]:
        number = 0
        self._db.execute("BEGIN IMMEDIATE")
        try:
            results = [job.work(self._db) for job in jobs]
            if self._counter is not None:
                number = self._counter.count(self._db)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return results, number

    def _note(self, number: int) -> OSError | None:
        """Note a commit. A failure is not the jobs' to try again: they are committed, and not acknowledged."""
        try:
            if self._counter is not None:
                self._counter.set(number)
        except OSError as error:
            return error
        return None

    def _resolve(self, job: _Job, result: Any, error: Exception | None) -> None:
        self._loop.call_soon_threadsafe(_settle, job.future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
