"""All slices: in this process, or spread over several."""

import multiprocessing
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from deploy.replaying.folding import Job, Tally, fold_slice
from deploy.replaying.sources import Progress, Source
from deploy.rules import RuleFiles

_LOOK: Final = 0.2
"""Seconds between looks at how much the processes have done."""
_TELL: Final = 1000
"""Units of progress that a process gathers before it tells: the count is shared and locked."""


@dataclass(frozen=True, slots=True)
class Order:
    """A replay as it is sent to a process, which loads the rules itself. `other` are the rules to compare with."""

    rules: RuleFiles
    at: datetime
    other: RuleFiles | None = None
    write_clocks: bool = False

    def job(self) -> Job:
        """Load the rules. Raises BadInputError."""
        other = None if self.other is None else self.other.load_engine()
        return Job(self.rules.load_engine(), self.at, other, self.write_clocks)


@contextmanager
def replayed(order: Order, source: Source, processes: int, on_progress: Progress) -> Iterator[tuple[Tally, list[Path]]]:
    """Replay all slices; while the block lasts, the clocks that were written lie in the files given.

    Raises BadInputError, ReplayError, TransportError.
    """
    with tempfile.TemporaryDirectory(prefix="fristvagt-replay-") as folder:
        run = _in_processes if processes > 1 and source.slices > 1 else _here
        tallies = list(run(order, source, Path(folder), min(processes, source.slices), on_progress))
        whole = Tally()
        for tally in tallies:
            whole.add(tally)
        whole.rejected.sort(key=lambda each: each["line"] or 0)
        yield whole, [tally.written for tally in tallies if tally.written is not None]


def _here(order: Order, source: Source, folder: Path, _processes: int, on_progress: Progress) -> Iterator[Tally]:
    job = order.job()
    for number in range(source.slices):
        yield fold_slice(job, source, number, folder, on_progress)


def _in_processes(order: Order, source: Source, folder: Path, processes: int, on_progress: Progress) -> Iterator[Tally]:
    spawn = multiprocessing.get_context("spawn")
    done = spawn.Value("q", 0)
    with (
        ProcessPoolExecutor(
            processes, spawn, initializer=_Process.start, initargs=(order, source, folder, done)
        ) as pool,
        _telling(done, on_progress),
    ):
        yield from pool.map(_Process.fold, range(source.slices))


class _Process:
    """What a process of the pool keeps: all of it was handed over at its start."""

    job: Job
    source: Source
    folder: Path
    done: Any

    @classmethod
    def start(cls, order: Order, source: Source, folder: Path, done: Any) -> None:
        cls.job, cls.source, cls.folder, cls.done = order.job(), source, folder, done

    @classmethod
    def fold(cls, number: int) -> Tally:
        waiting = 0

        def tell(amount: int) -> None:
            nonlocal waiting
            waiting += amount
            if waiting >= _TELL:
                with cls.done.get_lock():
                    cls.done.value += waiting
                waiting = 0

        return fold_slice(cls.job, cls.source, number, cls.folder, tell)


@contextmanager
def _telling(done: Any, on_progress: Progress) -> Iterator[None]:
    over = threading.Event()

    def look() -> None:
        told = 0
        while not over.wait(_LOOK):
            now = done.value
            on_progress(now - told)
            told = now

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
