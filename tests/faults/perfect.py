"""The log that a deployment leaves to which nothing happens: one partition, one worker, in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from stream.engine import Engine
from stream.facts.parse import Accepted, parse_event
from stream.refused import refused_command
from stream.result import Result
from stream.row import Row
from stream.worker.names import ACTIONS, FACTS, INBOX, TICKS
from tests.faults.checker import Commit, Evidence, Kept, Stored
from tests.faults.plan import Step


@dataclass
class Perfect:
    """A worker and an intake as they should be. They commit after each record."""

    engine: Engine
    evidence: Evidence = field(
        default_factory=lambda: Evidence({FACTS: [], ACTIONS: [], TICKS: []}, [], [], {}, [], [])
    )
    rows: dict[str, Row] = field(default_factory=dict)

    def play(self, steps: Iterable[Step]) -> Evidence:
        """Take the steps one after the other, and return what is in the log then."""
        for step in steps:
            for event in step.events:
                self._event(event, step.now)
            for command in step.commands:
                self._command(command, step.now)
            for patient in [name for name, row in self.rows.items() if row.next_due and row.next_due <= step.now]:
                self._keep(TICKS, patient, self.engine.tick(self.rows[patient], step.now), None)
        return self.evidence

    def _event(self, event: dict[str, Any], now: datetime) -> None:
        name = (event["source"], event["id"])
        self.evidence.inbox.append(Kept(0, len(self.evidence.inbox), b"", name))
        outcome = parse_event(msgspec.json.encode(event))
        if isinstance(outcome, Accepted):
            patient = outcome.fact.patient
            self._keep(FACTS, patient, self.engine.take(self.rows.get(patient), outcome.fact, now), name)
        else:
            self.evidence.letters.append((name, outcome.reason))
            if (command := refused_command(outcome, now)) is not None:
                self._command(command, now)
        ends = len(self.evidence.read[FACTS])
        self.evidence.taken_in.append(Commit(INBOX, 0, len(self.evidence.inbox), ends))

    def _command(self, command: dict[str, Any], now: datetime) -> None:
        patient = command["patient"]
        self._keep(ACTIONS, patient, self.engine.command(self.rows.get(patient), command, now), None)

    def _keep(self, topic: str, patient: str, result: Result, name: tuple[str, str] | None) -> None:
        evidence, records = self.evidence, self.evidence.read[topic]
        records.append(Kept(0, len(records), patient.encode(), name))
        row = msgspec.structs.replace(result.row, applied={**result.row.applied, topic: len(records)}, partition=0)
        self.rows[patient] = row
        evidence.changelog.append(Stored(0, len(evidence.changelog), patient.encode(), row))
        evidence.ledger += [record["transition_id"] for record in result.ledger]
        for message in result.clocks:
            evidence.clocks.pop(message["pathway"], None)
            if message["clocks"] is not None:
                evidence.clocks[message["pathway"]] = msgspec.json.decode(msgspec.json.encode(message))
        evidence.watched.append(Commit(topic, 0, len(records), len(evidence.changelog)))
