"""Simulated patients folded by the real engine, as the worker would have written them to the topics."""

import heapq
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from alerts.policy import Policy
from stream.clock import format_moment, parse_moment
from stream.engine import Engine
from stream.facts.parse import Accepted, parse_event
from stream.facts.units import Units
from stream.law.rulebook import Rulebook
from stream.result import Result
from stream.simulate import simulate
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS
from tests.web.samples import MemoryLog, progress

if TYPE_CHECKING:
    from stream.row import Row


def engine() -> Engine:
    """Return the engine with the data files of the package."""
    return Engine(Rulebook.load(), Units.load(), Policy.load())


class Country:
    """Plays events on a steered clock and writes what the watch would have written to a log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self.engine = engine()
        self.log = log
        self.rows: dict[str, Row] = {}
        self.due: list[tuple[datetime, str]] = []

    def play(self, events: Iterable[dict[str, Any]], until: datetime) -> None:
        """Play events in order of their time up to a moment, and what falls due by then."""
        for event in events:
            moment = parse_moment(event["time"])
            if moment > until:
                break
            self._ticks(moment)
            judged = parse_event(event)
            assert isinstance(judged, Accepted), judged
            patient = judged.fact.patient
            self.log.write(FACTS, msgspec.json.encode(judged.event), key=patient.encode())
            self._keep(patient, self.engine.fact(self.rows.get(patient), judged.event, moment))
        self._ticks(until)
        self.log.write(PROGRESS, progress(0, format_moment(until)), key=b"0")

    def _ticks(self, upto: datetime) -> None:
        while self.due and self.due[0][0] <= upto:
            moment, patient = heapq.heappop(self.due)
            if self.rows[patient].next_due == moment:
                self._keep(patient, self.engine.tick(self.rows[patient], moment))

    def _keep(self, patient: str, result: Result) -> None:
        self.rows[patient] = result.row
        if result.next_due is not None:
            heapq.heappush(self.due, (result.next_due, patient))
        for message in result.clocks:
            self.log.write(CLOCKS, msgspec.json.encode(message), key=message["pathway"].encode())
        for record in result.ledger:
            self.log.write(ALERTS, msgspec.json.encode(record), key=patient.encode())


def simulated(log: MemoryLog, pathways: int, start: date, until: datetime, seed: int = 1) -> Country:
    """Return a country in which that many pathways began between `start` and the day of `until`."""
    country = Country(log)
    country.play(simulate(pathways, seed, start, until.date()), until)
    return country
