"""How far another consumer group has come in a topic: asked again and again by those who wait for it.

For deadlines: an alarm waits until intake has judged what hospitals had sent by then. For the notifier: warnings wait
while a backlog is worked off.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from stream.worker.transport.embedded.groups import EmbeddedGroup
from stream.worker.transport.errors import TransportError
from stream.worker.transport.kafka.groups import KafkaGroup
from stream.worker.transport.options import TransportOptions

log = logging.getLogger(__name__)

_ANSWER: Final = 5.0
"""Seconds that the log may take to answer before the connection is made anew."""

_WORTH_A_WORD: Final = 2
"""Failures in a row that are logged. One alone is a broker that moves, or a log that closes before who asks it."""


class Standing(NamedTuple):
    """Where the partitions of a topic ended, and what a group had committed.

    `asked_at` and `answered_at` are moments of `time.monotonic()`. Every record that was acknowledged before
    `asked_at` lies below its partition's end. What the group wrote on account of records below `committed` was
    acknowledged before `answered_at`. A partition without a commit is left out of `committed`.
    """

    ends: Mapping[int, int]
    committed: Mapping[int, int]
    asked_at: float
    answered_at: float

    @property
    def waiting(self) -> int:
        """Records that the group has not committed yet."""
        return sum(max(0, end - self.committed.get(partition, 0)) for partition, end in self.ends.items())


class Group(Protocol):
    """What each transport brings. A group is opened when it is first asked for, and once more after `close`."""

    async def ask(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Return the ends of the partitions and what is committed of them. Raises TransportError."""

    async def close(self) -> None:
        """Let connections go."""


def group_of(options: TransportOptions, group: str, topic: str) -> Group:
    """Return a group as seen over the transport of `options`."""
    kind = EmbeddedGroup if options.kind == "embedded" else KafkaGroup
    return kind(options, group, topic)


class GroupWatch:
    """Knows how far a group was when it was last asked. Who lets it `run` never waits for an answer."""

    def __init__(
        self,
        group: Group,
        every: float,
        *,
        answer: float = _ANSWER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask each `every` seconds; an answer may take `answer` seconds."""
        self.latest: Standing | None = None
        self._group = group
        self._every = every
        self._answer = answer
        self._monotonic = monotonic
        self._failures = 0

    async def run(self) -> None:
        """Ask for ever. What fails is asked again; `latest` grows old meanwhile."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(self._every)
        finally:
            await self.close()

    async def look(self) -> None:
        """Ask once."""
        asked_at = self._monotonic()
        try:
            async with asyncio.timeout(self._answer):
                ends, committed = await self._group.ask()
        except (TransportError, TimeoutError) as error:
            self._failures += 1
            if self._failures == _WORTH_A_WORD:
                log.warning("cannot ask how far a group has come: %s", str(error) or type(error).__name__)
            await self.close()
        else:
            self._failures = 0
            self.latest = Standing(ends, committed, asked_at, self._monotonic())

    async def close(self) -> None:
        """Let connections go; the next question makes new ones."""
        with suppress(TransportError, TimeoutError):
            async with asyncio.timeout(self._answer):
                await self._group.close()
