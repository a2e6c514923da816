"""A patient's record, folded once more from the topics by the worker's own rules.

A record that the worker could not apply is noted as a refusal by name (see `stream.worker.quarantine`); the same is
done here, so that what the worker left out is told apart from what it lost.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from stream.clock import parse_moment
from stream.engine import INCOMPLETE
from stream.facts.parse import fact_from_event
from stream.facts.record import Record
from stream.law.fact import Fact, Ref
from stream.reconcile.seen import Kept, Seen
from stream.worker.names import ACTIONS, FACTS
from stream.worker.quarantine import ACTION_SOURCE, TICK_SOURCE, Item, Mark, name_of

_UNMARKED: Final = Mark("")


class Refolded(NamedTuple):
    """What the topics say of a patient.

    `applied` is the next offset after the last record that was taken, by topic. `arrivals` are the facts in the order
    in which they came. `understood` are the ids of commands that were read without trouble. `left` counts records
    beyond the given offsets.
    """

    record: Record
    applied: dict[str, int]
    arrivals: tuple[Fact, ...]
    understood: frozenset[str]
    left: int

    @property
    def is_empty(self) -> bool:
        """Whether the topics hold nothing of the patient."""
        return not (self.applied or self.left)


def refold(seen: Seen, number: int, upto: Mapping[str, int]) -> Refolded:
    """Fold what lies below `upto` (next offset by topic) in the patient's partition."""
    fold = _Refold(seen.patient, number)
    for topic in (FACTS, ACTIONS):
        fold.take(topic, seen.records(topic), upto.get(topic, 0))
    return Refolded(fold.record, fold.applied, tuple(fold.arrivals), frozenset(fold.understood), fold.left)


class _Refold:
    def __init__(self, patient: str, number: int) -> None:
        self.patient = patient
        self.number = number
        self.record = Record()
        self.applied: dict[str, int] = {}
        self.arrivals: list[Fact] = []
        self.understood: set[str] = set()
        self.left = 0

    def take(self, topic: str, records: Sequence[Kept], upto: int) -> None:
        for kept in records:
            item = Item(topic, self.number, kept.offset, kept.value)
            message, readable = _read(kept.value)
            if readable and not self._is_mine(topic, message):
                continue
            if kept.offset >= upto:
                self.left += 1
                continue
            self.applied[topic] = kept.offset + 1
            try:
                self._apply(topic, message)
            except Exception:  # noqa: BLE001 - as in the worker: whatever a record raises is its patient's matter
                name = name_of(item, message, _UNMARKED)
                self.record = self.record.refuse(Ref(name.source, name.id))

    def _is_mine(self, topic: str, message: Mapping[str, Any] | None) -> bool:
        name = (message or {}).get("partitionkey" if topic == FACTS else "patient")
        return str(name) == self.patient

    def _apply(self, topic: str, message: Mapping[str, Any] | None) -> None:
        if message is None:
            raise msgspec.DecodeError
        if topic == FACTS:
            fact = fact_from_event(message)
            self.record = self.record.add(fact)
            self.arrivals.append(fact)
        else:
            self._command(message)

    def _command(self, command: Mapping[str, Any]) -> None:
        parse_moment(command["at"])
        note = INCOMPLETE.get(command["kind"])
        if note is not None:
            self.record = note(self.record, Ref(command["source"], command["id"]))
        self.understood.add(command["command_id"])


def _read(value: bytes | None) -> tuple[dict[str, Any] | None, bool]:
    try:
        return msgspec.json.decode(value or b"", type=dict[str, Any]), True
    except (msgspec.DecodeError, ValueError):
        return None, False


def own_refusals(record: Record, refolded: Record) -> frozenset[Ref]:
    """Return the refusals of a row that the worker may have made itself: records that it could not apply."""
    own = (ref for ref in record.refused - refolded.refused if ref in refolded.facts or is_own(ref))
    return frozenset(own)


def is_own(ref: Ref) -> bool:
    """Tell whether a name is one that only the worker gives: of a command, or of a look that failed."""
    return ref.source in {ACTION_SOURCE, TICK_SOURCE}
