"""What was read of a patient, and how far the topics were read for it. Raw: nothing is judged here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from stream.worker.names import ACTIONS, ALERTS, FACTS, WATCHED


class Kept(NamedTuple):
    """A record of a topic: its place in the patient's partition, and its value."""

    offset: int
    value: bytes | None


class Message(NamedTuple):
    """The last message of a pathway: where it lies in the clocks topic, and its value; None for a tombstone."""

    partition: int
    offset: int
    value: bytes | None


@dataclass(slots=True)
class Seen:
    """All that was read of one patient. `clocks` is None where the clocks topic was not read."""

    patient: str
    row: bytes | None = None
    mark: bytes | None = None
    facts: list[Kept] = field(default_factory=list)
    actions: list[Kept] = field(default_factory=list)
    ledger: list[Kept] = field(default_factory=list)
    clocks: dict[str, Message] | None = None

    def records(self, topic: str) -> list[Kept]:
        """Return the patient's records of one of the topics that are keyed by patient."""
        return {FACTS: self.facts, ACTIONS: self.actions, ALERTS: self.ledger}[topic]


@dataclass(slots=True)
class Reach:
    """How far a partition was read, and how far the worker says that it has come.

    `settled` and `now` (the law's clock, aware UTC) are the worker's last word from before the rows were read.
    `ends` is the next offset after what was read, or the end of the topic where it was not read. `trimmed` names topics
    of which retention has deleted the beginning.
    """

    number: int
    partitions: int
    settled: Mapping[str, int] = field(default_factory=dict)
    now: datetime | None = None
    ends: dict[str, int] = field(default_factory=dict)
    trimmed: set[str] = field(default_factory=set)

    @property
    def is_quiet(self) -> bool:
        """Whether the worker has nothing left to apply."""
        return all(self.settled.get(topic, 0) >= self.ends.get(topic, 0) for topic in WATCHED)

    def is_trimmed(self, *topics: str) -> bool:
        """Whether the beginning of one of the topics is gone."""
        return not self.trimmed.isdisjoint(topics)
