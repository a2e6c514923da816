"""One patient in a log in memory: what is sent to it goes through the worker's own fold, and can be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from stream.engine import Engine
from stream.reconcile.compare import Comparer
from stream.reconcile.differences import Kind
from stream.reconcile.remedy import Healer, Remedy
from stream.reconcile.seen import Kept, Message, Reach, Seen
from stream.row import Row
from stream.worker.folded import Folded
from stream.worker.folding import Folder
from stream.worker.names import ACTIONS, ALERTS, FACTS, TICKS
from stream.worker.partition import partition_of
from stream.worker.quarantine import Item
from stream.worker.rows import EngineRows
from tests.unit.engine.events import ENGINE, kept
from tests.unit.law.build import moment

PATIENT = "pt-1"
PARTITIONS = 4
NUMBER = partition_of(PATIENT.encode(), PARTITIONS)


@dataclass
class SetClock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass
class Patient:
    """`at` is a local date or time, as in `tests.unit.law.build.moment`."""

    at: str
    engine: Engine = ENGINE
    seen: Seen = field(default_factory=lambda: Seen(PATIENT, clocks={}))
    ends: dict[str, int] = field(default_factory=lambda: {FACTS: 0, ACTIONS: 0, ALERTS: 0, TICKS: 0})

    def __post_init__(self) -> None:
        self.clock = SetClock(moment(self.at))
        self.folder = Folder(self.engine, EngineRows(), self.clock, PARTITIONS)

    @property
    def row(self) -> Row:
        return Row.decode(self.seen.row)

    @property
    def reach(self) -> Reach:
        """Everything is read, and everything is applied."""
        return Reach(NUMBER, PARTITIONS, dict(self.ends), self.clock.moment, dict(self.ends))

    def happens(self, sent: dict[str, Any]) -> Folded:
        return self.take(FACTS, kept(sent))

    def told(self, kind: str, **fields: Any) -> Folded:
        command = {"command_id": f"c{self.ends[ACTIONS]}", "kind": kind, "at": self.clock.moment.isoformat()}
        return self.take(ACTIONS, command | {"patient": PATIENT, "actor": "test"} | fields)

    def looked_at(self, at: str) -> Folded:
        """Let time go by until a local date or time."""
        self.clock.moment = moment(at)
        due = self.clock.moment.isoformat()
        return self.take(TICKS, {"patient": PATIENT, "due": due})

    def take(self, topic: str, message: Mapping[str, Any]) -> Folded:
        value = msgspec.json.encode(message)
        self.write(topic, value)
        return self.apply(topic, self.ends[topic] - 1, value)

    def apply(self, topic: str, offset: int, value: bytes) -> Folded:
        key, stored = PATIENT.encode(), (self.seen.row, self.seen.mark)
        folded = self.folder.fold(key, NUMBER, stored, [Item(topic, NUMBER, offset, value)])
        self.seen.row = folded.data or self.seen.row
        if folded.mark_changed:
            self.seen.mark = None if folded.mark is None else folded.mark.encode()
        for record in folded.ledger:
            self.write(ALERTS, record)
        for pathway, message in folded.clocks.items():
            self.seen.clocks[pathway.decode()] = Message(0, len(self.seen.clocks), message)
        return folded

    def write(self, topic: str, value: bytes) -> None:
        if topic != TICKS:
            self.seen.records(topic).append(Kept(self.ends[topic], value))
        self.ends[topic] += 1

    def bend(self, **fields: Any) -> None:
        """Damage the row so that it still decodes."""
        self.seen.row = msgspec.structs.replace(self.row, **fields).encode()

    def kinds(self, reach: Reach | None = None) -> set[Kind]:
        comparer = Comparer(self.engine, timedelta(minutes=12))
        return {each.kind for each in comparer.compare(self.seen, reach or self.reach).differences}

    def remedy(self, reach: Reach | None = None, max_bytes: int = 900_000) -> Remedy:
        return Healer(self.engine, max_bytes).remedy(self.seen, reach or self.reach, {}, self.clock.moment)

    def mend(self) -> Folded:
        """Send the remedy and apply it."""
        command = self.remedy().command
        assert command is not None
        return self.take(ACTIONS, command)
