"""Brings the ledger's topic to the notifier: runs as they are delivered, and before them whatever SQL lacks.

SQL's own offsets are what counts, not the consumer group's: where SQL is behind what is delivered (it is new, or was
restored from an older copy), the missing records are read from the topic first.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from alerts.notifier.notifier import Notifier
from api.projection.app import AppLog
from stream.worker.names import ALERTS
from stream.worker.reach import Reach
from stream.worker.transport import Record, Run

logger = logging.getLogger(__name__)

CHUNK: Final = 500
"""Records applied in one transaction where SQL is behind."""

FRESH_SECONDS: Final = 15.0
"""How old the end may be up to which the ledger was read, for anything to be sent (wall time)."""


class Taker(Protocol):
    """What is fed."""

    async def apply(self, partition: int, records: Sequence[tuple[int, bytes | None]]) -> object:
        """Take records of a partition."""
        ...

    async def applied(self, partition: int) -> int:
        """Return the offset that is to be read next."""
        ...

    async def rewind(self) -> None:
        """Begin every partition anew."""
        ...


class CatchUp:
    """Knows up to which end, seen when, the ledger is in SQL."""

    def __init__(self) -> None:
        self._reach: Reach[float] = Reach()

    def look(self, seen_at: float, ends: Mapping[int, int], applied: Mapping[int, int]) -> None:
        """Compare ends, seen at a moment of monotonic time, with what is applied."""
        self._reach.look(seen_at, ends, applied)

    def holds(self) -> bool:
        """Tell whether everything that was in the ledger a moment ago is in SQL."""
        return self.reached(time.monotonic() - FRESH_SECONDS)

    def reached(self, moment: float) -> bool:
        """Tell whether everything that was in the ledger at a moment of monotonic time, or later, is in SQL."""
        return self._reach.reached is not None and self._reach.reached >= moment


class Feed:
    """Keeps SQL up to date with the topic."""

    def __init__(self, taker: Notifier | Taker, log: AppLog, partitions: int, catch_up: CatchUp) -> None:
        self._taker = taker
        self._log = log
        self._catch_up = catch_up
        self._partitions = range(partitions)
        self._feeding = asyncio.Lock()
        """Held while SQL is brought further, so that nothing is applied in the middle of beginning anew."""
        self._reached: dict[int, int] = {}
        self._offered: dict[int, int] = {}
        """Up to where the topic was read; retention may have left nothing there to apply."""

    async def fill(self) -> None:
        """Read what SQL lacks of every partition; all of it anew where SQL is ahead of the topic, which is another."""
        async with self._feeding:
            applied = await self._applied()
            ends = (await self._log.ends(ALERTS, time.monotonic())).offsets
            if self._is_ahead(applied, ends):
                logger.warning("the ledger's topic was made anew or lost its end: it is read from its beginning")
                await self._taker.rewind()
                self._reached, self._offered = {}, {}
                applied = dict.fromkeys(self._partitions, 0)
            for number in self._partitions:
                await self._read(number, applied[number], ends.get(number, 0))

    async def take(self, run: Run) -> None:
        """Take a run that is delivered, and before it what SQL lacks."""
        async with self._feeding:
            await self._close_gap(run.partition, run.first_offset)
            await self._apply(run.partition, run.records)

    async def look(self) -> None:
        """Read again what SQL or the topic has lost under this process, and see how far it is. Call it every second."""
        for number, reached in list(self._reached.items()):
            await self._close_gap(number, reached)
        before = await self._applied()  # before the ends are asked for: what is ahead of them then was lost
        seen_at = time.monotonic()
        ends = (await self._log.ends(ALERTS, seen_at)).offsets
        if self._is_ahead(before, ends):
            await self.fill()
            return
        applied = await self._applied()
        read = {number: max(at, self._offered.get(number, 0)) for number, at in applied.items()}
        self._catch_up.look(seen_at, ends, read)

    def _is_ahead(self, applied: Mapping[int, int], ends: Mapping[int, int]) -> bool:
        return any(applied[number] > ends.get(number, 0) for number in self._partitions)

    async def _applied(self) -> Mapping[int, int]:
        return {number: await self._taker.applied(number) for number in self._partitions}

    async def _close_gap(self, partition: int, first: int) -> None:
        applied = await self._taker.applied(partition)
        if applied < first and applied != self._reached.get(partition):
            await self._read(partition, applied, first)

    async def _read(self, partition: int, start: int, end: int) -> None:
        chunk: list[Record] = []
        async for record in self._log.read(ALERTS, partition, start, end):
            chunk.append(record)
            if len(chunk) == CHUNK:
                await self._apply(partition, chunk)
                chunk = []
        if chunk:
            await self._apply(partition, chunk)
        self._offered[partition] = end

    async def _apply(self, partition: int, records: Sequence[Record]) -> None:
        await self._taker.apply(partition, [(record.offset, record.value) for record in records])
        self._reached[partition] = records[-1].offset + 1
