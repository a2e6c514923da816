"""One slice: its patients are refolded one after the other, counted, compared and written, and forgotten again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from deploy.replaying.compare import Comparison, compare
from deploy.replaying.left_out import not_folded
from deploy.replaying.sources import Progress, Source
from stream.engine import Engine, Judged
from stream.reading import read_clock
from stream.refold import Refold
from stream.replay import Replay, standing_alert
from stream.row import Row

ROW_OF_WORKLIST: Final = ("right", "pathway", "deadline", "target", "days_left", "state")


@dataclass(slots=True)
class Tally:
    """What a slice, or all of them, came to. `clocks` counts by right, and outcome if closed, else state."""

    patients: int = 0
    clocks: Counter[tuple[str, str]] = field(default_factory=Counter)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    worklist: list[dict[str, str]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    compared: Comparison = field(default_factory=Comparison)
    written: Path | None = None

    def add(self, other: "Tally") -> None:
        """Add another slice."""
        self.patients += other.patients
        self.clocks += other.clocks
        self.alerts += other.alerts
        self.worklist += other.worklist
        self.rejected += other.rejected
        self.compared.add(other.compared)


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for: a moment, another engine to compare with, and whether clocks are written whole."""

    engine: Engine
    at: datetime
    other: Engine | None = None
    write_clocks: bool = False


def fold_slice(job: Job, source: Source, number: int, folder: Path, on_progress: Progress) -> Tally:
    """Refold a slice. Clocks are written to a file in `folder`, if asked for. Raises ReplayError, TransportError."""
    tally, replay = Tally(), Replay(job.engine, job.at)
    patients = _judged(source.load(number, replay, on_progress), replay.rejected)
    if job.write_clocks:
        tally.written = folder / f"clocks-{number}.json"
        with tally.written.open("wb") as file:
            _fold(job, tally, _writing(job, patients, file))
    else:
        _fold(job, tally, patients)
    tally.rejected = replay.rejected
    return tally


def _judged(refolds: Iterator[Refold], rejected: list[dict[str, Any]]) -> Iterator[tuple[Row, list[Judged]]]:
    """Judge each patient. One for whom the rules fail is told, and hides nobody else."""
    for refold in refolds:
        try:
            yield refold.judged()
        except Exception as error:  # noqa: BLE001 - as in the worker: a fold that raises is its patient's matter
            rejected.append(not_folded(refold.patient, error))


def _writing(
    job: Job, patients: Iterator[tuple[Row, list[Judged]]], file: BinaryIO
) -> Iterator[tuple[Row, list[Judged]]]:
    """Write each clock with a comma behind it, for one JSON array over all slices."""
    for row, judged in patients:
        file.writelines(msgspec.json.encode(read_clock(job.engine, row, each, job.at)) + b",\n" for each in judged)
        yield row, judged


def _fold(job: Job, tally: Tally, patients: Iterator[tuple[Row, Sequence[Judged]]]) -> None:
    for row, judged in patients:
        tally.patients += 1
        for each in judged:
            tally.clocks[each.clock.right, each.clock.outcome or each.clock.state] += 1
            if each.verdict.tier is not None:
                tally.alerts += standing_alert(job.engine, each)
                tally.worklist.append(_line(each))
        if job.other is not None:
            compare(row, [each.clock for each in judged], job.other, job.at, tally.compared)


def _line(judged: Judged) -> dict[str, str]:
    return {name: str(getattr(judged.clock, name)) for name in ROW_OF_WORKLIST} | {"tier": judged.verdict.tier or ""}
