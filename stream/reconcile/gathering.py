"""Reads what belongs to some patients of a partition from the topics: rows first, then what must be at least as new.

Whoever reads a topic reads all of its partition; `wants` says which patients are kept, so that memory is bounded.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from stream.clock import parse_moment
from stream.reconcile.seen import Kept, Message, Reach, Seen
from stream.worker.names import ACTIONS, ALERTS, CLOCKS, FACTS, PROGRESS, ROWS, TICKS
from stream.worker.partition import is_home, partition_of
from stream.worker.quarantine import patient_of
from stream.worker.transport import Record, TransportOptions, end_offsets, read_topic

READ: Final = (ROWS, CLOCKS, FACTS, ACTIONS, ALERTS)
"""The topics that are read from end to end."""

_STEP: Final = 1000
"""Records between two words to whoever shows how far we are."""

Wants = Callable[[bytes], bool]
"""Tells whether a patient is looked at."""


class Word(NamedTuple):
    """The worker's last word on a partition: the next offset to apply by topic, and what its clock said (aware UTC)."""

    applied: Mapping[str, int]
    now: datetime | None


class _Progress(msgspec.Struct):
    partition: int
    applied: dict[str, int]
    clock_now: str


class _Owner(msgspec.Struct):
    patient: str


def _nothing(_: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Gatherer:
    """Reads topics. `partitions` is how many each has; `advance` is told how many records were read."""

    options: TransportOptions
    partitions: int
    advance: Callable[[int], None] = _nothing

    async def words(self) -> dict[int, Word]:
        """Return what the worker last said of each partition."""
        found: dict[int, Word] = {}
        async for _, record in read_topic(self.options, PROGRESS):
            if record.value is not None:
                told = msgspec.json.decode(record.value, type=_Progress)
                found[told.partition] = Word(told.applied, parse_moment(told.clock_now))
        return found

    async def rows(self, number: int, wants: Wants) -> dict[bytes, bytes]:
        """Return the rows of a partition, and the marks beside them, by their keys in the table."""
        found: dict[bytes, bytes] = {}
        async for record in self._read(ROWS, number):
            if record.key is None or not wants(patient_of(record.key) or record.key):
                continue
            if record.value is None:
                found.pop(record.key, None)
            else:
                found[record.key] = record.value
        return found

    async def clocks(self, wants: Wants) -> dict[str, dict[str, Message]]:
        """Return the last message of each pathway, by patient and pathway. Read after the rows."""
        found: dict[str, tuple[str, Message]] = {}
        for number in range(self.partitions):
            async for record in self._read(CLOCKS, number):
                self._note_clocks(found, number, record, wants)
        clocks: dict[str, dict[str, Message]] = {}
        for pathway, (patient, message) in found.items():
            clocks.setdefault(patient, {})[pathway] = message
        return clocks

    def _note_clocks(self, found: dict[str, tuple[str, Message]], number: int, record: Record, wants: Wants) -> None:
        pathway = (record.key or b"").decode(errors="replace")
        before = found.pop(pathway, None)
        patient = _owner(record.value) or (None if before is None else before[0])
        if patient is not None and wants(patient.encode()):
            found[pathway] = (patient, Message(number, record.offset, record.value))

    async def records(self, reach: Reach, seen: dict[bytes, Seen], wants: Wants) -> None:
        """Add facts, commands and ledger of a partition to what was seen of its patients, and note how far it goes.

        Read after the rows: whatever a row says that it has applied is in there.
        """
        for topic in (FACTS, ACTIONS, ALERTS):
            reach.ends[topic] = 0
            async for record in self._read(topic, reach.number):
                if not reach.ends[topic] and record.offset > 0:
                    reach.trimmed.add(topic)
                reach.ends[topic] = record.offset + 1
                if record.key is not None and wants(record.key) and self.is_home(record.key, reach.number):
                    patient = seen.setdefault(record.key, Seen(record.key.decode(errors="replace")))
                    patient.records(topic).append(Kept(record.offset, record.value))
            if not reach.ends[topic] and reach.settled.get(topic, 0):  # all that there was is deleted
                reach.trimmed.add(topic)
                reach.ends[topic] = reach.settled[topic]
        reach.ends[TICKS] = (await end_offsets(self.options, TICKS))[reach.number]

    def is_home(self, key: bytes, number: int) -> bool:
        """Tell whether a patient belongs to a partition at all: the worker leaves others' records alone."""
        return is_home(key, number, self.partitions)

    async def gather(
        self,
        number: int,
        rows: Mapping[bytes, bytes],
        clocks: Mapping[str, dict[str, Message]] | None,
        word: Word,
        wants: Wants,
    ) -> tuple[Reach, list[Seen]]:
        """Return all that there is of the wanted patients of a partition. `clocks` is None if they were not read."""
        reach = Reach(number, self.partitions, word.applied, word.now)
        seen = _with_rows(rows)
        await self.records(reach, seen, wants)
        if clocks is not None:
            self._add_clocks(number, seen, clocks)
        return reach, list(seen.values())

    def _add_clocks(self, number: int, seen: dict[bytes, Seen], clocks: Mapping[str, dict[str, Message]]) -> None:
        for patient, messages in clocks.items():
            key = patient.encode()
            if partition_of(key, self.partitions) == number:
                seen.setdefault(key, Seen(patient)).clocks = messages
        for each in seen.values():
            each.clocks = each.clocks or {}

    async def _read(self, topic: str, number: int) -> AsyncIterator[Record]:
        count = 0
        async for _, record in read_topic(self.options, topic, partition=number):
            count += 1
            if count % _STEP == 0:
                self.advance(_STEP)
            yield record
        self.advance(count % _STEP)


def _owner(value: bytes | None) -> str | None:
    try:
        return msgspec.json.decode(value or b"", type=_Owner).patient
    except (msgspec.DecodeError, ValueError):
        return None


def _with_rows(rows: Mapping[bytes, bytes]) -> dict[bytes, Seen]:
    seen: dict[bytes, Seen] = {}
    for key, value in rows.items():
        marked = patient_of(key)
        patient = marked or key
        each = seen.setdefault(patient, Seen(patient.decode(errors="replace")))
        if marked is None:
            each.row = value
        else:
            each.mark = value
    return seen


def keys(seen: Iterable[Seen]) -> frozenset[bytes]:
    """Return the record keys of patients."""
    return frozenset(each.patient.encode() for each in seen)
