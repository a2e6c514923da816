"""Retention and compaction of the embedded log, so that its file stays bounded. In small steps: nobody waits long.

The last record of a partition always stays: it carries the end of the log. Room that has become free is used again, and
given back to the disk when it is more than a quarter of the file.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from faust.types import TP

from stream.clock import WallClock
from stream.worker.transport.embedded import tables
from stream.worker.transport.embedded.broker import Broker, Log
from stream.worker.transport.embedded.layout import offset_of, position_of
from stream.worker.transport.errors import TransportError

log = logging.getLogger(__name__)

_SCAN: Final = 2000
_DELETE: Final = 500
_WORTH_IT: Final = 1000
"""Records that must have come since the last compaction, beside half of what it left."""


_BURST: Final = 20_000
"""Records of a compacted partition, beside what its last compaction left, after which nobody waits for the interval."""
_LOOK: Final = 2.0
"""Seconds between looks for a burst."""
_PAGES: Final = 256
"""Pages (of 4 KiB) given back in one step; fewer free ones than that are not worth it."""


async def keep_tidy(broker: Broker) -> None:
    """Tidy at once, then every `housekeeping_interval`, and in a burst. A failure is told, and tried again."""
    while True:
        try:
            deleted = await tidy(broker)
        except (sqlite3.Error, TransportError) as error:
            log.error("housekeeping failed, and the file grows until it works again: %s", error)  # noqa: TRY400 - the line says it all
        else:
            if deleted:
                log.info("housekeeping of %s deleted %d records", broker.options.directory, deleted)
        await _next_time(broker)


async def _next_time(broker: Broker) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(broker.options.housekeeping_interval):
            while not any(_in_burst(broker, tp, records) for tp, records in broker.logs.items()):  # noqa: ASYNC110 - see _LOOK
                await asyncio.sleep(_LOOK)


def _in_burst(broker: Broker, tp: TP, records: Log) -> bool:
    return broker.topics[tp.topic].spec.compacted and records.appended > _BURST + (records.kept or 0)


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
    await _give_back(broker)
    return deleted


async def _give_back(broker: Broker) -> None:
    """Let the file shrink, step by step, until a quarter of it at most is free."""
    while await broker.query(_worth_giving_back):
        await broker.write(partial(tables.give_back, pages=_PAGES))


def _worth_giving_back(db: sqlite3.Connection) -> bool:
    pages, free = tables.pages(db)
    return free > max(_PAGES, pages // 4)


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
