"""One slice: its patients are refolded one after the other, counted, compared and written, and forgotten again."""

from collections import Counter
from contextlib import nullcontext
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
    if job.write_clocks:
        tally.written = folder / f"clocks-{number}.json"
    with nullcontext() if tally.written is None else tally.written.open("wb") as file:
        for refold in source.load(number, replay, on_progress):
            try:
                _fold(job, refold, tally, file)
            except Exception as error:  # noqa: BLE001 - these rules fail for one patient, and say nothing of the others
                replay.rejected.append(not_folded(refold.patient, error))
    tally.rejected = replay.rejected
    return tally


def _fold(job: Job, refold: Refold, tally: Tally, file: BinaryIO | None) -> None:
    """Add a patient; nothing of one for whom anything fails. Clocks have a comma behind each, for one JSON array."""
    row, judged = refold.judged()
    clocks = [] if file is None else [msgspec.json.encode(read_clock(job.engine, row, each, job.at)) for each in judged]
    urgent = [each for each in judged if each.verdict.tier is not None]
    alerts = [alert for each in urgent for alert in standing_alert(job.engine, each)]
    if job.other is not None:
        compare(row, [each.clock for each in judged], job.other, job.at, tally.compared)
    tally.patients += 1
    tally.clocks.update((each.clock.right, each.clock.outcome or each.clock.state) for each in judged)
    tally.alerts += alerts
    tally.worklist += [_line(each) for each in urgent]
    if file is not None:
        file.writelines(clock + b",\n" for clock in clocks)


def _line(judged: Judged) -> dict[str, str]:
    return {name: str(getattr(judged.clock, name)) for name in ROW_OF_WORKLIST} | {"tier": judged.verdict.tier or ""}
