"""What a fault run must come to: the clocks of `replay`, and the ledger of an engine that nothing happens to.

The ledger cannot come from `replay --history` alone, since the clock of a fault run also goes back; where it does not,
tests/faults/test_plan.py shows that both say the same.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from alerts.acts import Acts
from stream.engine import Engine
from stream.facts.parse import Accepted, parse_event
from stream.facts.refusal import Refusal
from stream.refused import refused_command
from stream.replay import Line, Replay
from stream.result import Result
from stream.row import Row
from tests.faults.plan import Event, Step

Name = tuple[str, str]
"""Source and id of an event."""


@dataclass
class Expected:
    """What the log must show after some steps.

    `transitions` counts ids: a clock put back may cause one twice. `acts` is what staff did, by alert id.
    """

    at: datetime
    clocks: dict[str, dict[str, Any]]
    facts: dict[str, frozenset[Name]]
    transitions: Counter[str]
    acts: dict[str, Acts]
    refused: frozenset[Name]


@dataclass
class Reference:
    """An engine for one process without a log, to which the steps are given one after the other."""

    engine: Engine
    outcomes: list[Accepted | Refusal] = field(default_factory=list)
    commands: list[Event] = field(default_factory=list)
    transitions: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Row] = field(default_factory=dict)
    due: list[tuple[datetime, str]] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Apply the facts and commands of a step, and what is due by then."""
        for event in step.events:
            outcome = parse_event(msgspec.json.encode(event))
            self.outcomes.append(outcome)
            if isinstance(outcome, Accepted):
                patient = outcome.fact.patient
                self._keep(patient, self.engine.take(self.rows.get(patient), outcome.fact, step.now))
            elif (command := refused_command(outcome, step.now)) is not None:
                self._command(command, step.now)
        for command in step.commands:
            self.commands.append(command)
            self._command(command, step.now)
        for patient in self._due(step.now):
            self._keep(patient, self.engine.tick(self.rows[patient], step.now))

    def _command(self, command: Event, now: datetime) -> None:
        patient = command["patient"]
        self._keep(patient, self.engine.command(self.rows.get(patient), command, now))

    def _due(self, now: datetime) -> Iterator[str]:
        while self.due and self.due[0][0] <= now:
            due, patient = heapq.heappop(self.due)
            if self.rows[patient].next_due == due:
                yield patient

    def _keep(self, patient: str, result: Result) -> None:
        self.rows[patient] = result.row
        self.transitions.update(record["transition_id"] for record in result.ledger)
        if result.next_due is not None:
            heapq.heappush(self.due, (result.next_due, patient))

    def expected(self, at: datetime) -> Expected:
        """Return what the log must show now that the clock stands at `at`."""
        facts: dict[str, set[Name]] = defaultdict(set)
        refused: dict[str, set[Name]] = defaultdict(set)
        replay = Replay(self.engine, at)
        for number, outcome in enumerate(self.outcomes, start=1):
            replay.take(Line(number, outcome))
            if isinstance(outcome, Accepted):
                facts[outcome.fact.patient].add((outcome.fact.ref.source, outcome.fact.ref.id))
            else:
                refused[str(outcome.patient)].add((outcome.ref.source, outcome.ref.id))
        dismissed = {(each["source"], each["id"]) for each in self.commands if each["kind"] == "dismiss"}
        return Expected(
            at=at,
            clocks={each["clock_id"]: _clock(each, refused[each["patient"]] - dismissed) for each in replay.clocks()},
            facts={patient: frozenset(found) for patient, found in facts.items()},
            transitions=Counter(self.transitions),
            acts=acts_of(self.rows.values()),
            refused=frozenset(name for names in refused.values() for name in names),
        )


def acts_of(rows: Iterable[Row]) -> dict[str, Acts]:
    """Return what staff did about each alert."""
    return {alert.alert_id: alert.acts for row in rows for alert in row.alerts.values()}


def _clock(clock: dict[str, Any], missing: set[Name]) -> dict[str, Any]:
    """The clock as readers get it. `replay` knows of no dismissals, so what is missing is said here."""
    told = {name: value for name, value in clock.items() if name != "explanation"}
    return told | {"incomplete": bool(missing)}
