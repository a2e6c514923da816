"""How far each partition has come: what deadlines, readiness and metrics ask. All of it is about this process only."""

import time
from typing import Any, NamedTuple

from faust.types import TP


class Highwater(NamedTuple):
    """The end of a partition: the offset that its next record will get.

    `seen_at` is a moment of `time.monotonic()` just before the end was asked for: every record acknowledged before
    that moment lies below `offset`.
    """

    offset: int
    seen_at: float

    @classmethod
    def now(cls, offset: int) -> "Highwater":
        """Return an end that holds at this moment."""
        return cls(offset, time.monotonic())

    @property
    def age(self) -> float:
        """Seconds since the end was asked for."""
        return time.monotonic() - self.seen_at


def owned(app: Any, topic: str) -> set[int]:
    """Return the partitions of `topic` that this process owns and has a position for."""
    return {tp.partition for tp in app.consumer.owned() if tp.topic == topic}


def delivered(app: Any, topic: str, partition: int) -> int | None:
    """Return the next offset to be handed to the agent, or None if the partition is not ours (now)."""
    cursor = app.consumer.cursor(TP(topic, partition))
    return cursor.want if cursor else None


def settled_upto(app: Any, topic: str, partition: int) -> int | None:
    """Return the offset below which everything is stored and settled, or None if the partition is not ours (now)."""
    cursor = app.consumer.cursor(TP(topic, partition))
    return cursor.settled_upto() if cursor else None


def committed(app: Any, topic: str, partition: int) -> int | None:
    """Return the offset last committed, or None if there is none or the partition is not ours (now)."""
    cursor = app.consumer.cursor(TP(topic, partition))
    return cursor.committed if cursor else None


def highwater(app: Any, topic: str, partition: int) -> Highwater | None:
    """Return the end of a partition we own, or None if it is not known yet. Embedded: exact and of this moment."""
    end: Highwater | None = app.consumer.highwater_of(TP(topic, partition))
    return end


def lost_to_retention(app: Any) -> dict[tuple[str, int], int]:
    """Count, by topic and partition, records that retention deleted before this process read them. Must stay empty."""
    return {(tp.topic, tp.partition): count for tp, count in app.consumer.lost.items()}
