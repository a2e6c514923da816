"""The projector: brings the read model up to date with the topics, and fills it again when it is lost.

A run of records and the offset it reaches are written in one transaction, so that a run that comes twice changes
nothing. The read model's own offsets are what counts, not the consumer group's: where Redis is behind what is
delivered (it was emptied, or restored from an older copy), the missing records are read from the topic first.

Several projectors may write one read model, and it may be lost at any moment. So a transaction holds only where the
read model still has what its writer knows to be applied; where it has not, the writer begins again from the topics.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, WatchError

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

BEGIN_SECONDS: Final = 30.0
"""How long a projector that died while it cleared the read model keeps others from doing so (wall time)."""

Spot = tuple[str, int]
"""A topic and a partition."""

Answer = TypeVar("Answer")


class LostGroundError(Exception):
    """The read model no longer holds what its writer knows to be applied: begin again from the topics."""


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


class _Found(NamedTuple):
    """The read model's state, where the topics end, and the partitions in which it is ahead of them."""

    state: str | None
    ends: Mapping[Spot, int]
    ahead: Sequence[Spot]

    @property
    def fits(self) -> bool:
        """Whether it can be gone on from: it is of this layout and of these topics."""
        return self.state is not None and not self.ahead


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
        if await self._state(self._redis) != READY:
            await self.fill()
        known = await self._close_gap(spot, records[0].offset)
        return await self._write(spot, records, announce=True, known=known)

    async def _fill(self) -> None:
        found = await self._look()
        if not found.fits:
            found = await self._begin()
        for spot, end in found.ends.items():
            await self._read(spot, await self.applied(spot), end, announce=found.state == READY)
        await self._finish(found.ends)

    async def _repair(self) -> None:
        if await self._state(self._redis) != READY:
            await self.fill()
        for spot, reached in list(self._reached.items()):
            await self._close_gap(spot, reached)

    async def _state(self, redis: Redis) -> str | None:
        """Return the state, asked through a client or a transaction; None where the layout is not the present one."""
        schema, state = (as_text(each or b"") for each in await redis.hmget(self._keys.meta, ["schema", "state"]))
        return state if schema == SCHEMA and state in (FILLING, READY) else None

    async def _look(self) -> _Found:
        """See whether the read model is of this layout and, as far as it goes, of these topics."""
        before = await self._all_applied()
        ends = await self._ends_since(time.monotonic())
        ahead = [spot for spot, end in ends.items() if before.get(spot, 0) > end]
        return _Found(await self._state(self._redis), ends, ahead)

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

    async def _begin(self) -> _Found:
        """Clear the read model if it is empty, of another layout, or of other topics; one projector at a time."""
        lock = self._redis.lock(f"{self._keys.namespace}.begin", timeout=BEGIN_SECONDS)
        try:
            async with lock:
                found = await self._look()  # another one may have begun while this one waited
                return found if found.fits else await self._clear(lock, found)
        except LockError as error:  # it took too long, or the lock was lost with the rest of Redis
            raise LostGroundError from error

    async def _clear(self, lock: Lock, found: _Found) -> _Found:
        reason = "other topics" if found.ahead else "empty or older"
        logger.warning("the read model is made anew", extra={"reason": reason})
        self._reached.clear()
        await lock.reacquire()
        await self._redis.unlink(self._keys.meta)  # first: without it nobody writes what would be cleared in part
        async for key in self._redis.scan_iter(match=self._keys.name("*"), count=CHUNK):
            await lock.reacquire()
            await self._redis.unlink(key)
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(lock.name)
            if not await lock.owned():
                raise LostGroundError
            pipe.multi()  # type: ignore[no-untyped-call]  # redis-py has no annotation here
            pipe.hset(self._keys.meta, mapping={"schema": SCHEMA, "state": FILLING})
            await pipe.execute()
        return found._replace(state=FILLING)

    async def _finish(self, ends: Mapping[Spot, int]) -> None:
        """Say that the read model is ready, if it still holds what was read. Whoever makes it so tells the readers."""
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(self._keys.meta)  # a loss and a new beginning both change it
            state = await self._state(pipe)
            applied = await pipe.mget([self._keys.applied(*spot) for spot in ends])
            if state is None or any(int(at or 0) < end for at, end in zip(applied, ends.values(), strict=True)):
                raise LostGroundError
            if state == READY:
                return
            pipe.multi()  # type: ignore[no-untyped-call]  # redis-py has no annotation here
            pipe.hset(self._keys.meta, "state", READY)
            pipe.xadd(self._keys.news, {RESET: "1"})
            await pipe.execute()
        self._metrics.fills.inc()

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
        if applied < known or await self._state(pipe) is None:
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
