"""Which offset comes next, and up to which offset everything is settled. Pure: no Faust, no I/O.

Faust's own acknowledgements count a message as done that was skipped, dropped from a queue or never delivered, and
stock Faust then commits over it. Therefore each owned partition has a `Cursor`, and only the cursor decides.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol

from stream.worker.transport.runs import Record

ROOM: Final = 4
"""Runs of a partition that may wait for their agent before more is read: a flood stays in the log, not in memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one fetch found from offset `start` on: all records below `next` that the log holds, in order."""

    start: int
    records: Sequence[Record]
    next: int


def missing(batch: Batch) -> list[range]:
    """Return the offsets of a batch without a record: markers of transactions, or the trace of a mistake."""
    if len(batch.records) == batch.next - batch.start:
        return []
    gaps, expected = [], batch.start
    for record in batch.records:
        if record.offset > expected:
            gaps.append(range(expected, record.offset))
        expected = record.offset + 1
    return gaps if expected >= batch.next else [*gaps, range(expected, batch.next)]


def trusted(batch: Batch, doubted: Sequence[range]) -> Batch:
    """Cut a batch off before the first gap that an earlier read, which found `doubted`, did not find too."""
    for gap in missing(batch):
        if not any(known.start <= gap.start and gap.stop <= known.stop for known in doubted):
            kept = [record for record in batch.records if record.offset < gap.start]
            return Batch(batch.start, kept, gap.start)
    return batch


class Delivered(Protocol):
    """A run that was handed over."""

    settled: bool

    @property
    def start(self) -> int:
        """The first offset that the run answers for."""


@dataclass(slots=True)
class Cursor:
    """The state of one owned partition since the last seek.

    `want` is the next offset to hand over. A batch is good only if it was asked for at exactly that offset: one fetched
    before a seek, or by a fetch whose caller went away, starts elsewhere and is dropped. So no hole can come from us.
    """

    want: int
    committed: int | None = None
    flight: deque[Delivered] = field(default_factory=deque)

    def accepts(self, offset: int) -> bool:
        """Whether records read from `offset` are the ones to hand over now."""
        return offset == self.want

    def hand_over(self, message: Delivered | None, next_offset: int) -> None:
        """Note that everything below `next_offset` was handed over, in `message` (None: there was nothing)."""
        if message is not None:
            self.flight.append(message)
        self.want = next_offset

    def has_room(self) -> bool:
        """Whether more may be read: the agent has not enough to do."""
        self.settled_upto()
        return len(self.flight) < ROOM

    def settled_upto(self) -> int:
        """Return the offset below which everything is settled."""
        while self.flight and self.flight[0].settled:
            self.flight.popleft()
        return self.flight[0].start if self.flight else self.want

    def unsettled(self, most: int) -> list[Delivered]:
        """Return the first runs that were handed over and are not settled, at most so many."""
        self.settled_upto()
        return list(islice(self.flight, most))

    def to_commit(self) -> int | None:
        """Return the offset to commit now, or None if nothing has changed."""
        upto = self.settled_upto()
        return upto if upto and upto != self.committed else None
