"""Deadlines: one heap of due moments per owned partition, and the ticks that make the agent look.

A tick decides nothing. It is sent when the moment has come *and* all that had been sent by then is applied: intake has
judged the inbox up to an end seen at that moment or later, and the partition has been read up to an end seen after
that (see `reach`). So an event that would have called the alarm off has done so, also after an outage of intake, of the
watch or of the broker. If it takes longer than `unverified_after` seconds, the tick is sent all the same and says so.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from stream.clock import Clock, format_moment
from stream.worker.due_heap import Due, DueHeap, Sight
from stream.worker.moments import Moments
from stream.worker.names import ACTIONS, FACTS, TICKS
from stream.worker.reach import Judged, Judgement, Reach, Relay
from stream.worker.settings import StreamSettings
from stream.worker.transport import Highwater, Outbox, highwater, settled_upto
from stream.worker.transport.groups import Standing

_SOURCES: Final = (FACTS, ACTIONS)


class Intake(Protocol):
    """How far intake is with the inbox, as far as is known (a GroupWatch)."""

    @property
    def latest(self) -> Standing | None:
        """The last answer; None: there was none yet."""


@dataclass(slots=True)
class Partition:
    """What the worker knows of one partition it owns."""

    heap: DueHeap
    sources: Relay[datetime] = field(default_factory=Relay)
    ticks: Reach[float] = field(default_factory=Reach)

    def caught_up_at(self) -> datetime | None:
        """Return up to which moment (aware UTC) everything is applied: what was sent, and what came due."""
        reached, outstanding = self.sources.reached, self.heap.oldest_outstanding()
        return reached if reached is None or outstanding is None else min(reached, outstanding)


class Deadlines:
    """The heaps of the partitions that this process owns, and their ticks."""

    def __init__(
        self,
        app: Any,
        clock: Clock,
        settings: StreamSettings,
        intake: Intake,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.partitions: dict[int, Partition] = {}
        self.sent = 0
        self._intake = intake
        self._judgement: Judgement[datetime] = Judgement()
        self._app = app
        self._clock = clock
        self.settings = settings
        self._monotonic = monotonic
        self._moments = Moments()

    @property
    def judged(self) -> Judged[datetime] | None:
        """Up to which moment (aware UTC) intake has judged the inbox; None as long as that is not known."""
        return self._judgement.judged

    @property
    def waiting(self) -> int | None:
        """Records in the inbox that intake has not judged; None as long as that is not known."""
        standing = self._intake.latest
        return None if standing is None else standing.waiting

    def clear(self) -> None:
        """Forget the partitions: they are being handed out anew."""
        self.partitions = {}

    def start(self, partition: int, due: Iterable[tuple[bytes, datetime]]) -> None:
        """Begin to watch a partition whose rows have been recovered."""
        heap = DueHeap(self.settings.unverified_after, self.settings.resend_after)
        heap.fill(due)
        self.partitions[partition] = Partition(heap)

    def arm(self, partition: int, patient: bytes, due: datetime | None) -> None:
        """Set when `patient` must be looked at again. A partition that is not ours any more is left alone."""
        owned = self.partitions.get(partition)
        if owned is not None:
            owned.heap.arm(patient, due)

    async def turn(self) -> None:
        """Look how far the partitions have been read, and send the ticks that are ready, all at once."""
        now, monotonic = self._clock.now(), self._monotonic()
        self._moments.note(monotonic, now)
        self._look_at_intake()
        box = Outbox(self._app)
        for number, partition in self.partitions.items():
            self._look(number, partition)
            sight = Sight(now, monotonic, partition.sources.reached, partition.ticks.reached)
            for due in partition.heap.take(sight):
                box.send(TICKS, due.key, tick(due, sight), partition=number)
                self.sent += 1
        if box.pending:
            await box.store()

    def _look_at_intake(self) -> None:
        standing = self._intake.latest
        moment = None if standing is None else self._moments.at(standing.asked_at)
        if standing is not None and moment is not None:
            self._judgement.look(moment, standing.ends, standing.committed, standing.answered_at)

    def _look(self, number: int, partition: Partition) -> None:
        ends = {topic: highwater(self._app, topic, number) for topic in (*_SOURCES, TICKS)}
        known = {topic: end for topic, end in ends.items() if end is not None}
        if len(known) < len(ends):
            return
        settled = {topic: settled_upto(self._app, topic, number) or 0 for topic in known}
        sources = {topic: known[topic] for topic in _SOURCES}
        seen_at = min(end.seen_at for end in sources.values())
        partition.sources.look(self.judged, seen_at, _offsets(sources), settled)
        partition.ticks.look(known[TICKS].seen_at, _offsets({TICKS: known[TICKS]}), settled)


def _offsets(ends: dict[str, Highwater]) -> dict[str, int]:
    return {topic: end.offset for topic, end in ends.items()}


def tick(due: Due, sight: Sight) -> bytes:
    """Return the record that makes the agent look at a patient.

    `upto` is the moment up to which everything sent has been applied: what falls due after it is decided by a later
    tick, though the clock may have gone past it by the time this one is read.
    """
    upto = due.due if due.unverified else max(due.due, min(sight.now, sight.caught_up_at or due.due))
    message = {"patient": due.key.decode(), "due": format_moment(due.due), "upto": format_moment(upto)}
    return msgspec.json.encode(message | {"unverified": due.unverified})
