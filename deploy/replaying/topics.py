"""The topics as a source of replay: the accepted facts and the commands, as they are now. A slice is a partition.

A record that the worker would not apply is left out here too, and told: one bad record must not hide what all the
others say. As in the worker, its patient is incomplete, unless the record is nobody's.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec

from deploy.replaying.left_out import misplaced, not_applied
from deploy.replaying.sources import Progress
from deploy.settings import Settings
from deploy.transport import transport_options
from stream.facts.parse import fact_from_event
from stream.refold import Refold
from stream.replay import Replay
from stream.worker.names import ACTIONS, FACTS
from stream.worker.partition import is_home
from stream.worker.quarantine import Item, Mark, name_of, refusal
from stream.worker.transport import Record, end_offsets, read_batches

_UNMARKED: Final = Mark("")
_DECODER: Final = msgspec.json.Decoder(dict[str, Any])

Kept = dict[bytes, list[tuple[int, bytes | None]]]
"""Offsets and values of a topic, by patient. Plain tuples: the garbage collector leaves them alone."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The facts and commands below `ends`, by topic and partition."""

    settings: Settings
    ends: dict[str, dict[int, int]]

    @classmethod
    def of(cls, settings: Settings) -> "Topics":
        """Find where the topics end. Raises TransportError."""
        return cls(settings, asyncio.run(_ends(settings)))

    @property
    def total(self) -> int:
        """Records below the ends."""
        return sum(end for ends in self.ends.values() for end in ends.values())

    @property
    def slices(self) -> int:
        """The number of partitions."""
        return len(self.ends[FACTS])

    def cut(self, at_least: int) -> "Topics":  # noqa: ARG002 - the protocol's; partitions are as many as they are
        """Return the topics as they are."""
        return self

    def load(self, number: int, replay: Replay, on_progress: Progress) -> Iterator[Refold]:
        """Read one partition; its events are parsed patient by patient, and forgotten again."""
        slice_ = _Slice(number, self.slices, replay)
        facts, commands = asyncio.run(self._read(slice_, on_progress))
        for patient in dict.fromkeys((*facts, *commands)):
            refold = replay.apart(patient.decode(errors="replace"))
            own = slice_.take(refold, patient, FACTS, facts.get(patient, ()))
            own += slice_.take(refold, patient, ACTIONS, commands.get(patient, ()))
            if own:
                yield refold

    async def _read(self, slice_: "_Slice", on_progress: Progress) -> list[Kept]:
        options, number = transport_options(self.settings), slice_.number
        read = []
        for topic in (FACTS, ACTIONS):
            kept: Kept = {}
            async for _, records in read_batches(options, topic, partition=number, end=self.ends[topic][number]):
                slice_.keep(kept, topic, records)
                on_progress(len(records))
            read.append(kept)
        return read


@dataclass(frozen=True, slots=True)
class _Slice:
    """What is done with the records of one partition."""

    number: int
    partitions: int
    replay: Replay

    def keep(self, kept: Kept, topic: str, records: Iterable[Record]) -> None:
        """Add records to their patients."""
        for record in records:
            key = record.key or b""
            of_patient = kept.get(key)
            if of_patient is None:
                if not is_home(key, self.number, self.partitions):
                    self.replay.rejected.append(misplaced(Item(topic, self.number, record.offset, None)))
                    continue
                of_patient = kept[key] = []
            of_patient.append((record.offset, record.value))

    def take(self, refold: Refold, patient: bytes, topic: str, records: Sequence[tuple[int, bytes | None]]) -> int:
        """Take the records of a key in their order; return how many are its patient's."""
        apply = partial(_take_fact, refold) if topic == FACTS else refold.command
        strange = 0
        owner = "partitionkey" if topic == FACTS else "patient"
        for offset, value in records:
            message: dict[str, Any] | None = None
            try:
                message = _DECODER.decode(value or b"")
                if str(message.get(owner)).encode() == patient:
                    apply(message)
                else:
                    strange += 1
                    self.replay.rejected.append(misplaced(Item(topic, self.number, offset, None)))
            except Exception as error:  # noqa: BLE001 - as in the worker: whatever a record raises is its patient's matter
                self._leave_out(refold, Item(topic, self.number, offset, value), message, error)
        return len(records) - strange

    def _leave_out(self, refold: Refold, item: Item, message: dict[str, Any] | None, error: Exception) -> None:
        name = name_of(item, message, _UNMARKED)
        refold.command(refusal(refold.patient, name, self.replay.at))
        self.replay.rejected.append(not_applied(refold.patient, error, item))


def _take_fact(refold: Refold, message: dict[str, Any]) -> None:
    refold.take(fact_from_event(message))


async def _ends(settings: Settings) -> dict[str, dict[int, int]]:
    options = transport_options(settings)
    return {topic: await end_offsets(options, topic) for topic in (FACTS, ACTIONS)}
