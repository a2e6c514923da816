"""The due moments of one partition: what waits, what has come due, what has been sent. Pure.

The rows of the table are the truth; this is an index over them that can be thrown away and built again. A key
has at most one due moment. Re-arming is lazy: old heap entries stay and are skipped when they come up.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

_SLACK = 64
"""Stale heap entries that are tolerated beside twice the live ones before the heap is compacted."""


class Due(NamedTuple):
    """A key whose moment has come. `unverified`: its partition could not be read to the end in time."""

    key: bytes
    due: datetime
    unverified: bool


class Sight(NamedTuple):
    """What is known of the partition now. `now` and `caught_up_at` are aware moments of the law's clock.

    `caught_up_at`: everything that had been sent by then is applied. `ticks_read_at`: the same of ticks, in
    seconds of monotonic time. The two kinds of time never meet.
    """

    now: datetime
    monotonic: float
    caught_up_at: datetime | None = None
    ticks_read_at: float | None = None


class _Waiting(NamedTuple):
    due: datetime
    since: float


@dataclass(slots=True)
class DueHeap:
    """Due moments of one partition.

    After `unverified_after` seconds a due key is sent although the partition is not read to the end. A tick is
    taken for lost, and sent again, when the ticks have been read past `resend_after` seconds after it was sent.
    At most `in_flight` ticks are under way, so that facts of the present are not queued behind a flood of them.
    """

    unverified_after: float = 600.0
    resend_after: float = 30.0
    in_flight: int = 20_000
    _armed: dict[bytes, datetime] = field(default_factory=dict)
    _heap: list[tuple[datetime, bytes]] = field(default_factory=list)
    _ripe: dict[bytes, _Waiting] = field(default_factory=dict)
    _sent: dict[bytes, _Waiting] = field(default_factory=dict)
    _outstanding: list[tuple[datetime, bytes]] = field(default_factory=list)
    _fruitless: tuple[datetime | None] | None = None

    def fill(self, entries: Iterable[tuple[bytes, datetime]]) -> None:
        """Start afresh from the rows of the table: one pass, linear."""
        self._armed = dict(entries)
        self._ripe.clear()
        self._sent.clear()
        self._outstanding.clear()
        self._compact()

    def arm(self, key: bytes, due: datetime | None) -> None:
        """Set the moment at which `key` must be looked at; None: never. The same moment again changes nothing."""
        if self._armed.get(key) == due:
            return
        self._ripe.pop(key, None)
        self._sent.pop(key, None)
        if due is None:
            del self._armed[key]
            return
        self._armed[key] = due
        heapq.heappush(self._heap, (due, key))
        if len(self._heap) > 2 * len(self._armed) + _SLACK:
            self._compact()

    def take(self, sight: Sight) -> list[Due]:
        """Return the keys to look at now, each once until it is armed anew.

        A key is ready when its moment has come and the partition is known to have been read to the end at that
        moment or later; or, unverified, when that did not happen within `unverified_after`.
        """
        self._give_up_on_lost(sight)
        self._ripen(sight)
        room = self.in_flight - len(self._sent)
        ready = self._ready(sight, room) if self._is_worth_a_look(sight) else []
        for key, due, _ in ready:
            del self._ripe[key]
            self._sent[key] = _Waiting(due, sight.monotonic)
        self._fruitless = (sight.caught_up_at,) if len(ready) < room else None
        return ready

    def oldest_outstanding(self) -> datetime | None:
        """Return the earliest moment that has come and has not been looked at, or None."""
        heap = self._outstanding
        while heap and not self._is_outstanding(*heap[0]):
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def __len__(self) -> int:
        return len(self._armed)

    def _is_outstanding(self, due: datetime, key: bytes) -> bool:
        waiting = self._ripe.get(key) or self._sent.get(key)
        return waiting is not None and waiting.due == due

    def _give_up_on_lost(self, sight: Sight) -> None:
        if sight.ticks_read_at is None:
            return
        lost = []
        for key, (_, since) in self._sent.items():
            if since + self.resend_after > sight.ticks_read_at:
                break
            lost.append(key)
        for key in lost:
            self._mature(key, self._sent.pop(key).due, sight.monotonic - self.unverified_after)

    def _ripen(self, sight: Sight) -> None:
        while self._heap and self._heap[0][0] <= sight.now:
            due, key = heapq.heappop(self._heap)
            if self._armed.get(key) == due and key not in self._ripe and key not in self._sent:
                self._mature(key, due, sight.monotonic)
                heapq.heappush(self._outstanding, (due, key))
        if len(self._outstanding) > 2 * (len(self._ripe) + len(self._sent)) + _SLACK:
            self._outstanding = [entry for entry in self._outstanding if self._is_outstanding(*entry)]
            heapq.heapify(self._outstanding)

    def _mature(self, key: bytes, due: datetime, since: float) -> None:
        self._ripe[key] = _Waiting(due, since)
        self._fruitless = None

    def _is_worth_a_look(self, sight: Sight) -> bool:
        """Spare the pass over all that waits when nothing can have changed since the last one."""
        oldest = next(iter(self._ripe.values()), None)
        if oldest is None:
            return False
        return self._fruitless != (sight.caught_up_at,) or sight.monotonic - oldest.since >= self.unverified_after

    def _ready(self, sight: Sight, room: int) -> list[Due]:
        ready: list[Due] = []
        for key, (due, since) in self._ripe.items():
            if len(ready) >= room:
                break
            verified = sight.caught_up_at is not None and sight.caught_up_at >= due
            if verified or sight.monotonic - since >= self.unverified_after:
                ready.append(Due(key, due, not verified))
        return ready

    def _compact(self) -> None:
        waiting = self._ripe.keys() | self._sent.keys()
        self._heap = [(due, key) for key, due in self._armed.items() if key not in waiting]
        heapq.heapify(self._heap)
