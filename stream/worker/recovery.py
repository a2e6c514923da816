"""After a recovery: one pass over the table that finds what is due, what is open and who is quarantined."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from stream.clock import EPOCH
from stream.worker import quarantine
from stream.worker.contracts import PatientRow, RowFormat
from stream.worker.folding import Folder
from stream.worker.gauges import OpenClocks
from stream.worker.partition import partition_of
from stream.worker.quarantine import Mark, patient_of
from stream.worker.transport import StoreFormatError

log = logging.getLogger(__name__)

_TURN: Final = 500
"""Rows read between two turns of the event loop: recovery must not make the process look dead."""


class ForeignRowError(StoreFormatError):
    """A row of a format that this version does not know. Start the version of Fristvagt that wrote it."""


class Surveyed(NamedTuple):
    """One row or mark found in a recovered table. `row` is None if it is damaged, and for a mark."""

    patient: bytes
    partition: int
    row: PatientRow | None
    mark: Mark | None


async def survey(
    data: Mapping[bytes, bytes], owned: Collection[int], rows: RowFormat, partitions: int
) -> AsyncIterator[Surveyed]:
    """Read every row and mark of the owned partitions. Raises ForeignRowError.

    A memory table may keep rows of partitions that another worker owns by now, but each row says where it belongs.
    """
    for number, (key, value) in enumerate(list(data.items())):
        if number % _TURN == 0:
            await asyncio.sleep(0)
        patient = patient_of(key)
        found = _row(key, value, rows, partitions) if patient is None else _mark(patient, value, partitions)
        if found.partition in owned:
            yield found


def _row(patient: bytes, value: bytes, rows: RowFormat, partitions: int) -> Surveyed:
    if not rows.knows(value):
        raise ForeignRowError(f"row format {value[:1].hex()} is unknown: start the version of Fristvagt that wrote it")
    try:
        row = rows.glance(value)
    except Exception as error:  # noqa: BLE001 - a damaged row is its patient's matter, not the partition's
        where, name = quarantine.where(error), type(error).__name__
        log.error("the row of patient %s is damaged: %s at %s", patient.decode(), name, where)  # noqa: TRY400 - a traceback may quote a patient's data
        return Surveyed(patient, partition_of(patient, partitions), None, None)
    return Surveyed(patient, row.partition, row, None)


def _mark(patient: bytes, value: bytes, partitions: int) -> Surveyed:
    return Surveyed(patient, partition_of(patient, partitions), None, quarantine.read_mark(value, EPOCH))


@dataclass(slots=True)
class Recovered:
    """What a recovered table says: due moments by partition and patient, who is quarantined, the last evaluation."""

    due: dict[int, dict[bytes, datetime]]
    quarantined: set[bytes] = field(default_factory=set)
    evaluated: datetime | None = None

    def arm(self, found: Surveyed, due: datetime | None) -> None:
        """Note when a patient must be looked at; the earlier counts."""
        if due is not None:
            of_partition = self.due[found.partition]
            of_partition[found.patient] = min(due, of_partition.get(found.patient, due))


async def recover(data: Mapping[bytes, bytes], owned: Collection[int], folder: Folder, clocks: OpenClocks) -> Recovered:
    """Read a recovered table once, counting open clocks in `clocks`. Raises ForeignRowError."""
    now, rows = folder.clock.now(), folder.rows
    recovered = Recovered({partition: {} for partition in owned})
    async for found in survey(data, owned, rows, folder.partitions):
        recovered.arm(found, due_now(found, folder.engine.digest, now))
        if found.row is None:
            recovered.quarantined.add(found.patient)
            continue
        clocks.put(found.patient, rows.watched(found.row))
        if found.row.evaluated is not None:
            recovered.evaluated = max(found.row.evaluated, recovered.evaluated or found.row.evaluated)
    return recovered


def due_now(found: Surveyed, digest: str, now: datetime) -> datetime | None:
    """Return when a recovered patient must be looked at (aware UTC): at once if its rules changed or it is damaged.

    The look is a tick like any other, so that the change is decided inside the stream.
    """
    if found.mark is not None:
        return now if found.mark.pending else None
    if found.row is None:
        return now
    due = found.row.next_due
    if found.row.digest != digest:
        return now if due is None else min(due, now)
    return due
