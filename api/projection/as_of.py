"""How far the read model is complete: the moment up to which everything that was accepted is in it.

The worker says of each partition when it had last read to the end (`caught_up_at`), after its outputs were stored.
So when the read model has reached the ends that the topics had after those words were read, it holds everything that
the worker knew then; and the oldest of the words is the moment that answers may carry.
"""

import time
from collections.abc import Callable
from datetime import datetime

from api.projection.keys import TOPICS, Store
from api.projection.messages import ProgressMessage, read
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Log
from stream.clock import format_moment, parse_moment
from stream.worker.moments import Moments
from stream.worker.reach import Reach


class AsOf:
    """Keeps the moment in the read model. `partitions` is how many the worker must report."""

    def __init__(self, store: Store, log: Log, metrics: ProjectorMetrics, partitions: int) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._log = log
        self._metrics = metrics
        self._partitions = partitions
        self._words = Moments()
        self._reach: Reach[datetime] = Reach()

    async def look(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """See how far the read model has come and write down the moment that it is complete up to."""
        moment = worker_as_of(await self._redis.hvals(self._keys.progress), self._partitions)
        if moment is not None:
            self._words.note(monotonic(), moment)
        ends = {topic: await self._log.ends(topic) for topic in TOPICS}
        promised = self._words.at(min(end.seen_at for end in ends.values()))
        if promised is None:
            return
        aims = {
            self._keys.applied(topic, number): offset
            for topic in TOPICS
            for number, offset in ends[topic].offsets.items()
        }
        applied = [int(offset or 0) for offset in await self._redis.mget(list(aims))]
        self._reach.look(promised, aims, dict(zip(aims, applied, strict=True)))
        if self._reach.reached is not None:
            await self._redis.set(self._keys.as_of, format_moment(self._reach.reached))
            self._metrics.as_of.set(self._reach.reached.timestamp())


def worker_as_of(progress: list[bytes | str], partitions: int) -> datetime | None:
    """Return the oldest moment at which a partition was read to its end; None while one has not said so."""
    words = [read(value, ProgressMessage) for value in progress]
    moments = [parse_moment(word.caught_up_at) for word in words if word.caught_up_at is not None]
    return min(moments) if len(moments) >= partitions else None
