"""Retention and compaction of the embedded log, so that its file stays bounded. In small steps: nobody waits long.

The last record of a partition always stays: it carries the end of the log.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from stream.clock import WallClock
from stream.worker.transport.embedded import tables
from stream.worker.transport.embedded.broker import Broker, Log
from stream.worker.transport.embedded.files import offset_of, position_of

log = logging.getLogger(__name__)

_SCAN: Final = 2000
_DELETE: Final = 500
_WORTH_IT: Final = 1000
"""Records that must have come since the last compaction, beside half of what it left."""


async def keep_tidy(broker: Broker) -> None:
    """Tidy at once and then every `housekeeping_interval`. A failure is logged and tried again the next time."""
    while True:
        try:
            deleted = await tidy(broker)
        except sqlite3.Error:
            log.exception("housekeeping of %s failed; the file grows until it works again", broker.options.directory)
        else:
            if deleted:
                log.info("housekeeping of %s deleted %d records", broker.options.directory, deleted)
        await asyncio.sleep(broker.options.housekeeping_interval)


async def tidy(broker: Broker) -> int:
    """Delete what retention and compaction allow, now. Returns how many records went."""
    now = WallClock().now().timestamp()
    deleted = 0
    for tp, records in list(broker.logs.items()):
        spec = broker.topics[tp.topic].spec
        if spec.compacted and _worth_compacting(records):
            deleted += await _compact(broker, records, now - broker.options.tombstone_retention)
        elif spec.retention is not None:
            deleted += await _expire(broker, records, now - spec.retention)
    return deleted


def _worth_compacting(records: Log) -> bool:
    return records.kept is None or records.appended > _WORTH_IT + records.kept // 2


@dataclass(slots=True)
class Compaction:
    """Finds out which records of a log nobody needs: those with a later record of the same key, and old deletions."""

    superseded: list[int] = field(default_factory=list)
    _latest: dict[bytes, tuple[int, bool, float]] = field(default_factory=dict)

    def see(self, rows: Sequence[tables.KeyRow]) -> None:
        """Take in the next records, in order."""
        for row in rows:
            if row.key is None:
                continue
            before = self._latest.get(row.key)
            if before is not None:
                self.superseded.append(before[0])
            self._latest[row.key] = (row.position, row.deletes, row.timestamp)

    def obsolete(self, *, forget_before: float, last: int) -> list[int]:
        """Return the positions to delete. Deletions go when older than `forget_before`, but never position `last`."""
        forgotten = [
            position
            for position, deletes, ts in self._latest.values()
            if deletes and ts < forget_before and position != last
        ]
        return self.superseded + forgotten

    @property
    def keys(self) -> int:
        """How many keys there are."""
        return len(self._latest)


async def _compact(broker: Broker, records: Log, forget_before: float) -> int:
    start, end = position_of(records.number, 0), position_of(records.number, records.end)
    last, compaction, records.appended = end - 1, Compaction(), 0
    while rows := await broker.query(partial(tables.keys, start=start, end=end, limit=_SCAN)):
        compaction.see(rows)
        start = rows[-1].position + 1
    obsolete = compaction.obsolete(forget_before=forget_before, last=last)
    for positions in _chunks(obsolete):
        await broker.write(partial(tables.delete, positions=positions))
    records.kept = compaction.keys
    return len(obsolete)


async def _expire(broker: Broker, records: Log, before: float) -> int:
    deleted, last = 0, position_of(records.number, records.end) - 1
    while positions := await broker.query(
        partial(tables.expired, log=records.number, before=before, last=last, limit=_DELETE)
    ):
        records.first = offset_of(positions[-1]) + 1
        await broker.write(partial(tables.delete, positions=positions))
        deleted += len(positions)
    return deleted


def _chunks(positions: Sequence[int]) -> Iterator[Sequence[int]]:
    for i in range(0, len(positions), _DELETE):
        yield positions[i : i + _DELETE]
