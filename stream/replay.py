"""Replay: event files through the same engine, without a stream.

`Replay` folds events at one moment, as if all had arrived before it. `history` plays them in the order in which they
were recorded on a steered clock, with what fell due in between, and yields the ledger as it would have been written.
"""

import gzip
import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from alerts.ledger import alert_id_of
from stream.clock import EPOCH, format_moment
from stream.due import tier_due
from stream.engine import Engine, Judged
from stream.facts.parse import Accepted, parse_event
from stream.facts.refusal import Refusal
from stream.reading import read_clock
from stream.refold import Refold
from stream.refused import refused_command
from stream.result import Result
from stream.row import Row

Progress = Callable[[int], None]
"""Told after each line how many bytes it had."""


class ReplayError(ValueError):
    """A file cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an event file: its number and what it was."""

    number: int
    outcome: Accepted | Refusal


@dataclass(slots=True)
class Replay:
    """All patients after the events taken so far, evaluated at one aware moment."""

    engine: Engine
    at: datetime
    rejected: list[dict[str, Any]] = field(default_factory=list)
    _patients: dict[str, Refold] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Take the next event in the order of arrival."""
        if isinstance(line.outcome, Refusal):
            self._refuse(line.number, line.outcome)
        else:
            self.patient(line.outcome.fact.patient).take(line.outcome.fact)

    def patient(self, patient: str) -> Refold:
        """Return the refold of a patient, a new one for a patient not seen before."""
        if patient not in self._patients:
            self._patients[patient] = self.apart(patient)
        return self._patients[patient]

    def apart(self, patient: str) -> Refold:
        """Return a new refold of a patient, which is not kept here."""
        return Refold(self.engine, patient, self.at)

    @property
    def patients(self) -> Iterator[Refold]:
        """The patients in the order in which they came."""
        return iter(self._patients.values())

    def _refuse(self, number: int, refusal: Refusal) -> None:
        self.rejected.append({"line": number, "reason": refusal.reason, "field": refusal.field, "hint": refusal.hint})
        command = refused_command(refusal, self.at)
        if command is not None:
            self.patient(command["patient"]).command(command)

    def clocks(self) -> Iterator[dict[str, Any]]:
        """Yield the clocks of all patients as the contract writes them."""
        for refold in self.patients:
            row, judged = refold.judged()
            yield from (read_clock(self.engine, row, each, self.at) for each in judged)

    def alerts(self) -> Iterator[dict[str, Any]]:
        """Yield the alerts that stand: clocks with a tier, and since when it holds."""
        for refold in self.patients:
            for each in refold.judged()[1]:
                yield from standing_alert(self.engine, each)

    def to_json(self) -> dict[str, Any]:
        """Return the contract's answer to `replay --json`."""
        return {
            "at": format_moment(self.at),
            "clocks": list(self.clocks()),
            "alerts": list(self.alerts()),
            "rejected": self.rejected,
        }


def standing_alert(engine: Engine, judged: Judged) -> Iterator[dict[str, Any]]:
    """Yield the alert of a clock as the contract writes it, if a tier holds."""
    due = tier_due(judged.clock, judged.verdict, engine.thresholds(judged.clock), engine.calendar)
    if due is not None:
        yield {
            "alert_id": alert_id_of(judged.clock_id),
            "clock_id": judged.clock_id,
            "tier": judged.verdict.tier,
            "due": format_moment(due),
            "reason": judged.verdict.reason,
        }


@dataclass(slots=True)
class History:
    """A feed played on a steered clock: before each event, what fell due by then is decided."""

    engine: Engine
    rows: dict[str, Row] = field(default_factory=dict)
    due: list[tuple[datetime, str]] = field(default_factory=list)

    def play(self, lines: Iterable[Line], at: datetime) -> Iterator[dict[str, Any]]:
        """Yield the ledger records up to an aware moment, in order."""
        for moment, line in sorted(_timed(lines), key=itemgetter(0)):
            if moment > at:
                break
            yield from self._until(moment)
            yield from self._take(line.outcome, moment)
        yield from self._until(at)

    def _take(self, outcome: Accepted | Refusal, now: datetime) -> Iterator[dict[str, Any]]:
        if isinstance(outcome, Accepted):
            patient = outcome.fact.patient
            yield from self._keep(patient, self.engine.take(self.rows.get(patient), outcome.fact, now))
        elif (command := refused_command(outcome, now)) is not None:
            patient = command["patient"]
            yield from self._keep(patient, self.engine.command(self.rows.get(patient), command, now))

    def _until(self, moment: datetime) -> Iterator[dict[str, Any]]:
        while self.due and self.due[0][0] <= moment:
            due, patient = heapq.heappop(self.due)
            if self.rows[patient].next_due == due:
                yield from self._keep(patient, self.engine.tick(self.rows[patient], due))

    def _keep(self, patient: str, result: Result) -> Iterator[dict[str, Any]]:
        self.rows[patient] = result.row
        if result.next_due is not None:
            heapq.heappush(self.due, (result.next_due, patient))
        yield from result.ledger


def _timed(lines: Iterable[Line]) -> Iterator[tuple[datetime, Line]]:
    """Give each line its moment: when it was recorded; a refused one follows the line before it."""
    latest = EPOCH
    for line in lines:
        if isinstance(line.outcome, Accepted):
            latest = max(latest, line.outcome.fact.time)
            yield line.outcome.fact.time, line
        else:
            yield latest, line


def read_texts(paths: Iterable[Path]) -> Iterator[tuple[int, bytes]]:
    """Read the lines of event files, packed ones (.gz) too, numbered through. Raises ReplayError."""
    number = 0
    for path in paths:
        try:
            with _open(path) as file:
                for text in file:
                    number += 1
                    yield number, text
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable_file(path, error) from error


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def unreadable_file(path: Path, error: Exception) -> ReplayError:
    """Return the error that says why a file cannot be read."""
    return ReplayError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}")


def read_lines(paths: Iterable[Path], on_progress: Progress = lambda _: None) -> Iterator[Line]:
    """Read event files (JSON lines, one CloudEvent a line), numbered through. Raises ReplayError."""
    for number, text in read_texts(paths):
        on_progress(len(text))
        if stripped := text.strip():
            yield Line(number, parse_event(stripped))


def history(
    engine: Engine, paths: Iterable[Path], at: datetime, on_progress: Progress = lambda _: None
) -> Iterator[dict[str, Any]]:
    """Play event files in the order of their recording; yield ledger records. Raises ReplayError."""
    yield from History(engine).play(read_lines(paths, on_progress), at)
