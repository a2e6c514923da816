"""Runs: what an agent is given. One Faust message carries up to some hundred records of one partition.

Faust's cost is per message (turns of the event loop, tasks, sensors), so runs make a worker about ten times as fast,
and one run is one unit of work: fold, store, settle.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Final, Protocol

import msgspec
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from stream.worker.transport.errors import UnsettledRunError


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a partition. `timestamp` is in seconds since 1970 (UTC), as the log keeps it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp: float


class Run(msgspec.Struct, frozen=True):
    """Records of one partition in order, none left out that the log still holds."""

    topic: str
    partition: int
    first_offset: int
    records: tuple[Record, ...]

    @property
    def next_offset(self) -> int:
        """The offset after the last record."""
        return self.records[-1].offset + 1


class Pending(Protocol):
    """Something that may still hold outputs of a run (an Outbox)."""

    @property
    def pending(self) -> bool:
        """Whether anything is not stored yet."""


class Order(Protocol):
    """Knows in which order the runs of a partition were handed over (a Cursor)."""

    def unsettled(self, most: int) -> Sequence[Any]:
        """Return the first runs that are not settled, at most so many."""


class RunMessage(ConsumerMessage):  # type: ignore[misc]  # Faust has no types here
    """The Faust message that carries a run from the consumer to the agent."""

    __slots__ = ("boxes", "order", "run", "settled", "start", "stored")

    def __init__(self, run: Run, start: int, order: Order, generation: int) -> None:
        tp = TP(run.topic, run.partition)
        last = run.records[-1]
        super().__init__(
            run.topic, run.partition, start, last.timestamp, 0, [], b"", b"", None, 0, 0, tp, generation_id=generation
        )
        self.run = run
        self.start = start
        self.order = order
        self.settled = False
        self.stored = False
        self.boxes: list[Pending] = []

    def store_once(self) -> None:
        """Note that the run is being stored. Raises UnsettledRunError if it was before."""
        if self.stored:
            raise UnsettledRunError(f"{self.tp} at {self.offset}: a run has one outbox and one store; pack all into it")
        self.stored = True

    def settle(self) -> None:
        """Note that the run is done with, and let its records go.

        Contexts of tasks that were started meanwhile go on to know the message, until the collector comes by: it
        counts objects and not bytes, so a flood would lie in memory as a whole.
        """
        self.settled = True
        self.run = msgspec.structs.replace(self.run, records=())
        self.boxes.clear()


current_messages: ContextVar[Sequence[RunMessage]] = ContextVar("current_messages", default=())
"""The runs that the present task works on; an Outbox made meanwhile belongs to them."""

TOGETHER: Final = 500
"""Records from which on no further run is taken along: a store then costs little a record, and memory is bounded."""


async def settled(stream: Any) -> AsyncIterator[Run]:
    """Iterate over the runs of an agent's stream, one at a time: see `settled_together`."""
    async for (run,) in settled_together(stream, most=1):
        yield run


async def settled_together(stream: Any, most: int = TOGETHER) -> AsyncIterator[Sequence[Run]]:
    """Iterate over what an agent's stream holds: a run, and what waits behind it as long as it is below `most` records.

    Many small runs so cost one store. Runs of a partition stand in order; they are settled, and may be committed, when
    the next are asked for.

    Ends when the app has crashed: Faust would start the agent again behind the run that failed, and a row that took in
    later records would pass over that run for ever. For the same reason a run out of turn raises UnsettledRunError,
    as does asking for the next runs before the outputs of these are stored.
    """
    async for event in stream.events():
        if stream.app.crashed:
            return
        messages = [event.message, *_waiting(stream.channel.queue, event.message, most)]
        check_order(messages)
        current_messages.set(messages)
        yield [message.run for message in messages]
        current_messages.set(())
        for message in messages:
            if any(box.pending for box in message.boxes):
                raise UnsettledRunError(f"{message.tp} at {message.offset}: await Outbox.store() before the next run")
            message.settle()


def _waiting(queue: Any, first: RunMessage, most: int) -> Iterator[RunMessage]:
    """Take from an agent's queue what Faust would hand over next. It drops what is of an older generation, too."""
    size = len(first.run.records)
    while size < most and not queue.empty():
        message = queue.get_nowait().message
        if message.generation_id == first.generation_id:
            size += len(message.run.records)
            yield message


def check_order(messages: Iterable[RunMessage]) -> None:
    """Raise UnsettledRunError unless everything before these runs is settled."""
    seen: dict[int, int] = {}
    for message in messages:
        place = seen.get(id(message.order), 0)
        seen[id(message.order)] = place + 1
        unsettled = message.order.unsettled(place + 1)
        if len(unsettled) <= place or unsettled[place] is not message:
            raise UnsettledRunError(
                f"{message.tp} at {message.offset}: an earlier run was given up; the worker must restart"
            )
