"""The projector: brings the read model up to date with the topics, and fills it again when it is lost.

A run of records and the offset it reaches are written in one transaction, so that a run that comes twice changes
nothing. The read model's own offsets are what counts, not the consumer group's: where Redis is behind what is
delivered (it was emptied, or restored from an older copy), the missing records are read from the topic first.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from redis.exceptions import WatchError

from api.projection.alerts import RESET, AlertReducer
from api.projection.clocks import ClockReducer
from api.projection.events import FactReducer, ProgressReducer
from api.projection.keys import SCHEMA, TOPICS, Store, as_text
from api.projection.metrics import ProjectorMetrics
from api.projection.reducer import Prepared, Record, Reducer, merged
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS

logger = logging.getLogger(__name__)

FILLING: Final = "filling"
READY: Final = "ready"
CHUNK: Final = 500
"""Records applied in one transaction while filling."""

Spot = tuple[str, int]
"""A topic and a partition."""


class Ends(NamedTuple):
    """The end offset of each partition of a topic, seen at `seen_at` (monotonic seconds) or later."""

    offsets: Mapping[int, int]
    seen_at: float


class Log(Protocol):
    """The topics as the projector reads them beside the runs that are delivered to it."""

    async def ends(self, topic: str, since: float | None = None) -> Ends:
        """Return where the partitions end, as seen at `since` (monotonic seconds) or later."""

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Record]:
        """Yield what the partition holds from `start` up to, not including, `end`."""


class Projector:
    """Writes the read model. Only this class does."""

    def __init__(self, store: Store, log: Log, metrics: ProjectorMetrics) -> None:
        self._redis = store.redis
        self._keys = keys = store.keys
        self._log = log
        self._metrics = metrics
        self._reducers: Mapping[str, Reducer] = {
            FACTS: FactReducer(keys),
            CLOCKS: ClockReducer(keys),
            ALERTS: AlertReducer(keys),
            PROGRESS: ProgressReducer(keys),
        }
        self._reached: dict[Spot, int] = {}
        self._filling = asyncio.Lock()

    async def apply(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Apply a delivered run (contiguous but for compaction) and return how many records were new."""
        if await self._state() != READY:
            await self.fill()
        await self._close_gap((topic, partition), records[0].offset)
        return await self._write((topic, partition), records, announce=True)

    async def fill(self) -> None:
        """Bring the read model up to the present end of every topic; begin anew where it does not fit the topics."""
        async with self._filling:
            before = await self._all_applied()
            ends = await self._ends_since(time.monotonic())
            state = await self._begin([spot for spot, end in ends.items() if before.get(spot, 0) > end])
            for spot, end in ends.items():
                await self._read(spot, await self.applied(spot), end, announce=state == READY)
            await self._redis.hset(self._keys.meta, "state", READY)
            if state == FILLING:
                await self._redis.xadd(self._keys.news, {RESET: "1"})
                self._metrics.fills.inc()

    async def repair(self) -> None:
        """Read again what Redis has lost since this process wrote it (a restart from an older copy)."""
        if await self._state() != READY:
            await self.fill()
        for spot, reached in list(self._reached.items()):
            await self._close_gap(spot, reached)

    async def applied(self, spot: Spot) -> int:
        """Return the next offset to apply of a topic's partition."""
        return int(await self._redis.get(self._keys.applied(*spot)) or 0)

    async def _state(self) -> str | None:
        schema, state = await self._redis.hmget(self._keys.meta, ["schema", "state"])
        return None if schema is None or as_text(schema) != SCHEMA or state is None else as_text(state)

    async def _all_applied(self) -> dict[Spot, int]:
        """Return how far each partition was applied; asked before the ends, for other projectors go on meanwhile."""
        prefix = self._keys.name("applied")
        names = [as_text(name) async for name in self._redis.scan_iter(match=f"{prefix}:*", count=CHUNK)]
        offsets = await self._redis.mget(names) if names else []
        spots = [name.removeprefix(f"{prefix}:").rpartition(":")[::2] for name in names]
        return {(topic, int(number)): int(at or 0) for (topic, number), at in zip(spots, offsets, strict=True)}

    async def _ends_since(self, since: float) -> dict[Spot, int]:
        found = {topic: (await self._log.ends(topic, since)).offsets for topic in TOPICS}
        return {(topic, number): end for topic in TOPICS for number, end in found[topic].items()}

    async def _begin(self, ahead: Sequence[Spot]) -> str:
        """Clear the read model if it is empty, of another layout, or `ahead` of the topics: it is of other ones."""
        state = await self._state()
        if state is not None and not ahead:
            return state
        logger.warning("the read model is made anew", extra={"reason": "other topics" if ahead else "empty or older"})
        await self._clear()
        await self._redis.hset(self._keys.meta, mapping={"schema": SCHEMA, "state": FILLING})
        return FILLING

    async def _clear(self) -> None:
        self._reached.clear()
        async for key in self._redis.scan_iter(match=self._keys.name("*"), count=CHUNK):
            await self._redis.unlink(key)

    async def _close_gap(self, spot: Spot, first: int) -> None:
        applied = await self.applied(spot)
        # What compaction took away is no gap: then the next offset is where this process left Redis.
        if applied < first and applied != self._reached.get(spot):
            await self._read(spot, applied, first, announce=False)

    async def _read(self, spot: Spot, start: int, end: int, *, announce: bool) -> None:
        if start >= end:
            self._reached.setdefault(spot, start)
            return
        chunk: list[Record] = []
        async for record in self._log.read(*spot, start, end):
            chunk.append(record)
            if len(chunk) == CHUNK:
                await self._write(spot, chunk, announce=announce)
                chunk = []
        if chunk:
            await self._write(spot, chunk, announce=announce)
        await self._advance(spot, end)

    async def _write(self, spot: Spot, records: Sequence[Record], *, announce: bool) -> int:
        """Apply records in one transaction, again if another process wrote the partition meanwhile."""
        with self._metrics.seconds.labels(spot[0]).time():
            while True:
                try:
                    return await self._transact(spot, records, announce=announce)
                except WatchError:
                    logger.info(
                        "another projector wrote this partition", extra={"topic": spot[0], "partition": spot[1]}
                    )

    async def _transact(self, spot: Spot, records: Sequence[Record], *, announce: bool) -> int:
        async with self._redis.pipeline(transaction=True) as pipe:
            # All writers of a partition change its offset, so what is read after this is as it was, or we begin again.
            await pipe.watch(self._keys.applied(*spot), self._keys.meta)
            applied = int(await pipe.get(self._keys.applied(*spot)) or 0)
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

    async def _advance(self, spot: Spot, end: int) -> None:
        """Say that everything up to `end` was read, also where retention took the last records away."""
        key = self._keys.applied(*spot)
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(key)
            reached = max(int(await pipe.get(key) or 0), end)
            pipe.multi()  # type: ignore[no-untyped-call]  # redis-py has no annotation here
            pipe.set(key, reached)
            await pipe.execute()
        self._reached[spot] = reached

    def _count(self, spot: Spot, fresh: int, prepared: Prepared) -> None:
        topic = spot[0]
        self._metrics.applied.labels(topic).inc(fresh)
        self._metrics.repeated.labels(topic).inc(prepared.repeated)
        for offset, reason in prepared.unreadable.items():
            self._metrics.unreadable.labels(topic).inc()
            logger.error(
                "a record could not be read",
                extra={"topic": topic, "partition": spot[1], "offset": offset, "reason": reason},
            )
