"""The projector: brings the read model up to date with the topics, and fills it again when it is lost.

A run of records and the offset it reaches are written in one transaction, so that a run that comes twice changes
nothing. The read model's own offsets are what counts, not the consumer group's: where Redis is behind what is
delivered (it was emptied, or restored from an older copy), the missing records are read from the topic first.

Several projectors may write one read model, and it may be lost at any moment. So a transaction holds only where the
read model still has what its writer knows to be applied; where it has not, the writer begins again from the topics.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from redis.asyncio.client import Pipeline
from redis.exceptions import WatchError

from api.projection.alerts import AlertReducer
from api.projection.clocks import ClockReducer
from api.projection.events import FactReducer, ProgressReducer
from api.projection.ground import FILLING, READY, Ends, Ground, Log, LostGroundError, Spot
from api.projection.keys import Store
from api.projection.metrics import ProjectorMetrics
from api.projection.reducer import Prepared, Record, Reducer, merged
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS

__all__ = ["FILLING", "READY", "Ends", "Log", "LostGroundError", "Projector"]

logger = logging.getLogger(__name__)

CHUNK: Final = 500
"""Records applied in one transaction while filling."""

Answer = TypeVar("Answer")


class Projector:
    """Writes the read model. Only this class does. `facts_retention` is how long facts are kept, in seconds."""

    def __init__(self, store: Store, log: Log, metrics: ProjectorMetrics, facts_retention: float | None = None) -> None:
        self._redis = store.redis
        self._keys = keys = store.keys
        self._log = log
        self._metrics = metrics
        self._reducers: Mapping[str, Reducer] = {
            FACTS: FactReducer(keys, facts_retention),
            CLOCKS: ClockReducer(keys),
            ALERTS: AlertReducer(keys),
            PROGRESS: ProgressReducer(keys),
        }
        self._ground = Ground(store, log, metrics)
        self._reached: dict[Spot, int] = {}
        self._filling = asyncio.Lock()

    async def apply(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Apply a delivered run (contiguous but for compaction) and return how many records were new."""
        return await _until_held(lambda: self._apply((topic, partition), records))

    async def fill(self) -> None:
        """Bring the read model up to the present end of every topic; begin anew where it does not fit the topics."""
        async with self._filling:
            await _until_held(self._fill)

    async def repair(self) -> None:
        """Read again what Redis has lost since this process wrote it (a restart from an older copy)."""
        await _until_held(self._repair)

    async def applied(self, spot: Spot) -> int:
        """Return the next offset to apply of a topic's partition."""
        return int(await self._redis.get(self._keys.applied(*spot)) or 0)

    async def _apply(self, spot: Spot, records: Sequence[Record]) -> int:
        if await self._ground.state(self._redis) != READY:
            await self.fill()
        known = await self._close_gap(spot, records[0].offset)
        return await self._write(spot, records, announce=True, known=known)

    async def _fill(self) -> None:
        found = await self._ground.look()
        if not found.fits:
            self._reached.clear()
            found = await self._ground.begin()
        for spot, end in found.ends.items():
            await self._read(spot, await self.applied(spot), end, announce=found.state == READY)
        await self._ground.finish(found.ends)

    async def _repair(self) -> None:
        if await self._ground.state(self._redis) != READY or await self._ground.is_stale():
            await self.fill()
        for spot, reached in list(self._reached.items()):
            await self._close_gap(spot, reached)
        await self._ground.keep()

    async def _close_gap(self, spot: Spot, first: int) -> int:
        """Read what lies between the read model and `first`; return the offset that is then known to be applied."""
        applied = await self.applied(spot)
        # What compaction took away is no gap: then the next offset is where this process left Redis.
        if applied >= first or applied == self._reached.get(spot):
            return applied
        await self._read(spot, applied, first, announce=False)
        return first

    async def _read(self, spot: Spot, start: int, end: int, *, announce: bool) -> None:
        """Apply what lies from `start`, which is applied, to `end`; go on behind another projector that was faster."""
        if start >= end:
            self._reached.setdefault(spot, start)
        known = start
        while known < end:
            try:
                known = await self._read_chunks(spot, known, end, announce=announce)
            except WatchError:
                logger.info("another projector wrote this partition", extra={"topic": spot[0], "partition": spot[1]})
                applied = await self.applied(spot)
                if applied < known:
                    raise LostGroundError from None
                known = applied

    async def _read_chunks(self, spot: Spot, start: int, end: int, *, announce: bool) -> int:
        known = start
        chunk: list[Record] = []
        async for record in self._log.read(*spot, start, end):
            chunk.append(record)
            if len(chunk) == CHUNK:
                await self._write(spot, chunk, announce=announce, known=known)
                known, chunk = chunk[-1].offset + 1, []
        if chunk:
            await self._write(spot, chunk, announce=announce, known=known)
            known = chunk[-1].offset + 1
        await self._advance(spot, end, known)
        return end

    async def _write(self, spot: Spot, records: Sequence[Record], *, announce: bool, known: int) -> int:
        with self._metrics.seconds.labels(spot[0]).time():
            return await self._transact(spot, records, announce=announce, known=known)

    async def _transact(self, spot: Spot, records: Sequence[Record], *, announce: bool, known: int) -> int:
        """Apply records in one transaction; WatchError if another process wrote the partition meanwhile."""
        async with self._redis.pipeline(transaction=True) as pipe:
            applied = await self._watch(pipe, spot, known)
            fresh = [record for record in records if record.offset >= applied]
            prepared = await self._reducers[spot[0]].prepare(self._redis, fresh) if fresh else Prepared()
            reached = max(applied, records[-1].offset + 1)
            pipe.multi()  # type: ignore[no-untyped-call]  # redis-py has no annotation here
            for command in merged(prepared.commands) + (prepared.news if announce else []):
                pipe.execute_command(*command)
            for offset, reason in prepared.unreadable.items():
                pipe.hset(self._keys.unreadable, f"{spot[0]}:{spot[1]}:{offset}", reason)
            pipe.set(self._keys.applied(*spot), reached)
            await pipe.execute()
        self._reached[spot] = reached
        self._count(spot, len(fresh), prepared)
        return len(fresh) - prepared.repeated - len(prepared.unreadable)

    async def _watch(self, pipe: Pipeline, spot: Spot, known: int) -> int:
        """Return the partition's offset and hold it and the state fast; LostGroundError if it is less than `known`."""
        # All writers of a partition change its offset, so what is read after this is as it was, or we begin again.
        await pipe.watch(self._keys.applied(*spot), self._keys.meta)
        applied = int(await pipe.get(self._keys.applied(*spot)) or 0)
        if applied < known or await self._ground.state(pipe) is None:
            raise LostGroundError
        return applied

    async def _advance(self, spot: Spot, end: int, known: int) -> None:
        """Say that everything up to `end` was read, also where retention took the last records away."""
        async with self._redis.pipeline(transaction=True) as pipe:
            reached = max(await self._watch(pipe, spot, known), end)
            pipe.multi()  # type: ignore[no-untyped-call]  # redis-py has no annotation here
            pipe.set(self._keys.applied(*spot), reached)
            await pipe.execute()
        self._reached[spot] = reached

    def _count(self, spot: Spot, fresh: int, prepared: Prepared) -> None:
        topic = spot[0]
        self._metrics.applied.labels(topic).inc(fresh)
        self._metrics.repeated.labels(topic).inc(prepared.repeated)
        self._metrics.shared.inc(prepared.shared)
        for offset, reason in prepared.unreadable.items():
            self._metrics.unreadable.labels(topic).inc()
            logger.error(
                "a record could not be read",
                extra={"topic": topic, "partition": spot[1], "offset": offset, "reason": reason},
            )


async def _until_held(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Call until nothing that the call relies on changes under it."""
    while True:
        try:
            return await call()
        except (WatchError, LostGroundError) as error:
            logger.info("the read model changed meanwhile, begun again", extra={"reason": type(error).__name__})
