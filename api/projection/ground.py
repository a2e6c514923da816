"""The ground that the projector stands on: whether the read model fits the topics, and how it is begun anew.

Several projectors may write one read model, and it may be lost at any moment: then one of them clears what is left,
under a lock, and all of them fill it.
"""

import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple, Protocol

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from api.projection.alerts import RESET
from api.projection.keys import SCHEMA, TOPICS, Store, as_text
from api.projection.metrics import ProjectorMetrics
from api.projection.reducer import Record
from stream.clock import WallClock, format_moment, parse_moment

logger = logging.getLogger(__name__)

FILLING: Final = "filling"
READY: Final = "ready"
BEGIN_SECONDS: Final = 30.0
"""How long a projector that died while it cleared the read model keeps others from doing so (wall time)."""

AWAY_AT_MOST: Final = timedelta(hours=12)
"""How long a read model may be without a projector (wall time). Tombstones are kept for a day at least: what went
meanwhile and is compacted away would stay for ever, so after half of that the read model is begun anew."""

SCANNED: Final = 500
"""Keys that Redis looks through at a time."""

Spot = tuple[str, int]
"""A topic and a partition."""


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


class Found(NamedTuple):
    """The read model's state, where the topics end, and the partitions in which it is ahead of them."""

    state: str | None
    ends: Mapping[Spot, int]
    ahead: Sequence[Spot]
    stale: bool

    @property
    def fits(self) -> bool:
        """Whether it can be gone on from: it is of this layout and of these topics, and was kept up to now."""
        return self.state is not None and not self.ahead and not self.stale


class Ground:
    """What the read model says of itself, compared with the topics."""

    def __init__(self, store: Store, log: Log, metrics: ProjectorMetrics) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._log = log
        self._metrics = metrics
        self._kept = f"{store.keys.namespace}.kept"

    async def state(self, redis: Redis) -> str | None:
        """Return the state, asked through a client or a transaction; None where the layout is not the present one."""
        schema, state = (as_text(each or b"") for each in await redis.hmget(self._keys.meta, ["schema", "state"]))
        return state if schema == SCHEMA and state in (FILLING, READY) else None

    async def look(self) -> Found:
        """See whether the read model is of this layout and, as far as it goes, of these topics."""
        before = await self._all_applied()
        ends = await self._ends_since(time.monotonic())
        ahead = [spot for spot, end in ends.items() if before.get(spot, 0) > end]
        return Found(await self.state(self._redis), ends, ahead, await self.is_stale())

    async def keep(self) -> None:
        """Note that a projector looks after the read model now."""
        await self._redis.set(self._kept, format_moment(WallClock().now()))

    async def is_stale(self) -> bool:
        """Tell whether nobody looked after the read model for so long that tombstones may have been missed."""
        kept = await self._redis.get(self._kept)
        return kept is not None and WallClock().now() - parse_moment(as_text(kept)) > AWAY_AT_MOST

    async def _all_applied(self) -> dict[Spot, int]:
        """Return how far each partition was applied; asked before the ends, for other projectors go on meanwhile."""
        prefix = self._keys.name("applied")
        names = [as_text(name) async for name in self._redis.scan_iter(match=f"{prefix}:*", count=SCANNED)]
        offsets = await self._redis.mget(names) if names else []
        spots = [name.removeprefix(f"{prefix}:").rpartition(":")[::2] for name in names]
        return {(topic, int(number)): int(at or 0) for (topic, number), at in zip(spots, offsets, strict=True)}

    async def _ends_since(self, since: float) -> dict[Spot, int]:
        found = {topic: (await self._log.ends(topic, since)).offsets for topic in TOPICS}
        return {(topic, number): end for topic in TOPICS for number, end in found[topic].items()}

    async def begin(self) -> Found:
        """Clear the read model if it is empty, of another layout, or of other topics; one projector at a time."""
        lock = self._redis.lock(f"{self._keys.namespace}.begin", timeout=BEGIN_SECONDS)
        try:
            async with lock:
                found = await self.look()  # another one may have begun while this one waited
                return found if found.fits else await self._clear(lock, found)
        except LockError as error:  # it took too long, or the lock was lost with the rest of Redis
            raise LostGroundError from error

    async def _clear(self, lock: Lock, found: Found) -> Found:
        reason = "other topics" if found.ahead else "left alone too long" if found.stale else "empty or older"
        logger.warning("the read model is made anew", extra={"reason": reason})
        await lock.reacquire()
        await self._redis.unlink(self._keys.meta)  # first: without it nobody writes what would be cleared in part
        async for key in self._redis.scan_iter(match=self._keys.name("*"), count=SCANNED):
            await lock.reacquire()
            await self._redis.unlink(key)
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(lock.name)
            if not await lock.owned():
                raise LostGroundError
            pipe.multi()  # type: ignore[no-untyped-call]  # redis-py has no annotation here
            pipe.hset(self._keys.meta, mapping={"schema": SCHEMA, "state": FILLING})
            pipe.set(self._kept, format_moment(WallClock().now()))
            await pipe.execute()
        return found._replace(state=FILLING, ahead=(), stale=False)

    async def finish(self, ends: Mapping[Spot, int]) -> None:
        """Say that the read model is ready, if it still holds what was read. Whoever makes it so tells the readers."""
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(self._keys.meta)  # a loss and a new beginning both change it
            state = await self.state(pipe)
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
