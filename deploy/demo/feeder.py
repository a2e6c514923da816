"""Sends the feed into the inbox: what was recorded before now at once, everything else in its time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from deploy.demo.feed import Item
from deploy.demo.state import Memory

BATCH: Final = 500
"""Events sent together at most."""

LOOK_SECONDS: Final = 0.25
"""Wall time between two looks at what has come due."""

BUSY_SECONDS: Final = 0.05
"""Wall time between two looks at whether there is room for more."""

REMEMBER_SECONDS: Final = 1.0
"""Wall time between two notes of how far time has come."""

Send = Callable[[Sequence[bytes]], Awaitable[None]]
Busy = Callable[[], bool]
"""Says whether what was sent is still being worked on, so that more had better wait."""


class Feeder:
    """A part that sends `feed` from where the memory says it was."""

    name = "feeder"

    def __init__(self, feed: Iterable[Item], memory: Memory, send: Send, busy: Busy) -> None:
        self._feed = feed
        self._memory = memory
        self._send = send
        self._busy = busy
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to feed."""
        self._memory.promise()
        self._tasks = [asyncio.create_task(self._feed_all()), asyncio.create_task(self._remember())]

    async def stop(self) -> None:
        """Stop feeding and remember where time is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._memory.settle()

    async def ended(self) -> str:
        """Wait until feeding has failed. A feed that is at its end is no failure: time goes on."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        return "; ".join(repr(task.exception()) for task in done)

    async def _feed_all(self) -> None:
        position = self._memory.state.position
        for batch in due_batches(islice(self._feed, position, None), self._memory.clock.now):
            await asyncio.sleep(0 if batch else LOOK_SECONDS)
            if batch:
                await self._until_idle()
                await self._send(batch)
                position += len(batch)
                self._memory.fed(position)
        await asyncio.Event().wait()

    async def _until_idle(self) -> None:
        while self._busy():  # noqa: ASYNC110 - nothing tells when an app has read to its end
            await asyncio.sleep(BUSY_SECONDS)

    async def _remember(self) -> None:
        while True:
            await asyncio.sleep(REMEMBER_SECONDS)
            self._memory.promise()


def due_batches(feed: Iterator[Item], now: Callable[[], datetime]) -> Iterator[list[bytes]]:
    """Give what is due, some hundred events at a time; an empty batch when the next event is still to come."""
    batch: list[bytes] = []
    for item in feed:
        while item.at > now() or len(batch) == BATCH:
            yield batch
            batch = []
        batch.append(item.event)
    if batch:
        yield batch
