"""Writes rows anew over which a row of a former owner has landed. Beside the pulse: clocks never wait for it.

Recovery leaves such a row out, but in the log it stands last, and compaction would leave nothing else. One may also
land when the new owner has recovered. So for some time the owner goes on reading the changelog of its partitions.
What is written anew is the row as it is in memory, and no run is applied meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from itertools import islice
from typing import Any, Final, NamedTuple

from aiokafka.errors import KafkaError
from faust.types import TP
from prometheus_client import Counter

from stream.worker.quarantine import where
from stream.worker.settings import StreamSettings
from stream.worker.transport import Outbox, TransportError, read_batches
from stream.worker.transport.fence import Fence
from stream.worker.watch import Watch

log = logging.getLogger(__name__)

_TOGETHER: Final = 500
"""Rows of one store: as many as a run leads to."""
_PATIENCE: Final = 20.0
"""Seconds that the reading of one partition may take. What was read by then need not be read again."""
_FAREWELL: Final = 2.0
"""Seconds that it may go on when the process stops: a client that is cancelled while it connects stays connected."""


class _Late(NamedTuple):
    key: bytes
    partition: int
    fence: Fence


class LateRows:
    """Looks for late rows of the partitions that a watch owns, and mends them."""

    def __init__(
        self,
        watch: Watch,
        table: Any,
        written: Counter,
        settings: StreamSettings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watch = watch
        self._app = watch.app
        self._table = table
        self._written = written
        self._seconds = settings.late_rows_watch
        self._monotonic = monotonic
        self._generation: int | None = None
        self._until = 0.0

    async def turn(self) -> None:
        """Look, and write anew. What cannot be read is tried again at the next turn."""
        generation: int = self._app.consumer_generation_id
        if not self._owns(generation):
            return
        if generation != self._generation:
            self._generation, self._until = generation, self._monotonic() + self._seconds
        if self._app.options.kind == "kafka" and self._monotonic() < self._until:
            await self._look(generation)
        await self._mend(generation)

    def _owns(self, generation: int) -> bool:
        """Tell whether the partitions of a generation are still ours, as far as we know, and their rows recovered."""
        app = self._app
        is_ours = generation == app.consumer_generation_id and not app.rebalancing and not app.crashed
        return bool(is_ours and self._watch.is_recovered)

    async def _look(self, generation: int) -> None:
        """Read on where recovery, or the last turn, has ended. What we wrote ourselves says that nothing is late."""
        unread = []
        for number, fence in list(self._table.data.fences.items()):
            try:
                await _in_time(self._read_on(number, fence, generation))
            except (TransportError, KafkaError, TimeoutError):
                unread.append(number)
            except Exception as error:  # noqa: BLE001 - looking back is no reason to end the process, as a timer's exception would
                log.error("looking for late rows failed: %s at %s", type(error).__name__, where(error))  # noqa: TRY400 - a traceback may quote a patient's data
        if unread:
            log.warning("the changelog cannot be read for late rows in partitions %s, which is tried again", unread)

    async def _read_on(self, number: int, fence: Fence, generation: int) -> None:
        topic = self._table.changelog_topic_name
        (end,) = (await self._app.consumer.highwaters(TP(topic, number))).values()
        if end <= fence.upto or not self._owns(generation):
            return
        async with aclosing(read_batches(self._app.options, topic, partition=number, start=fence.upto)) as batches:
            async for _, records in batches:
                if not self._owns(generation):
                    return
                for _ in fence.standing(records):
                    pass  # what we wrote is in memory already; the fence notes what is late

    async def _mend(self, generation: int) -> None:
        async with self._watch.writing:
            while self._owns(generation) and (late := self._late()):
                box = Outbox(self._app)
                for key, partition, _ in late:
                    box.put(self._table, key, self._table.data.get(key), partition=partition)
                await box.store()
                for key, _, fence in late:
                    fence.late.discard(key)
                self._written.inc(len(late))
                log.warning("%d rows of former owners lay over newer ones, which are written anew", len(late))

    def _late(self) -> list[_Late]:
        fences = self._table.data.fences.items()
        late = (_Late(key, number, fence) for number, fence in fences for key in fence.late)
        return list(islice(late, _TOGETHER))


async def _in_time(reading: Coroutine[Any, Any, None]) -> None:
    """Return when it is done. Raises TimeoutError, and what it raises."""
    task = asyncio.create_task(reading)
    try:
        await asyncio.wait([task], timeout=_PATIENCE)
        if task.done():
            return await task
        raise TimeoutError
    finally:
        if not task.done():
            await asyncio.wait([task], timeout=_FAREWELL)
            task.cancel()
