"""Whose each row of a changelog is, so that one that comes late does not count. Pure.

A request of a worker may hang in the network for longer than its session. Others have its partition by then and write
newer rows, and then the old row lands upon them. So a row says who wrote it: each owner of a partition has a `Stamp`
above those of all owners before it, and behind a row of a later owner an earlier owner's row of the same key is late.

What a row has taken in would not tell as much: two owners may each have a record that the other does not have, and a
rebuilt or moved row rightly says less than the one before.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from stream.worker.transport.runs import Record

OWNER: Final = "owner"
"""Header of a row: the stamp of who wrote it."""

Headers = Sequence[tuple[str, bytes]]


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """An owner of a partition, in the order of owners.

    `epoch` is one above all that it found in the changelog. Of two that found the same, the Kafka group's `generation`
    knows the later one. Both may be the same when a named instance comes back at once: then `writer` tells them apart,
    without an order.
    """

    epoch: int
    generation: int
    writer: bytes

    def is_before(self, other: "Stamp") -> bool:
        """Tell whether this owner surely came before the other."""
        return (self.epoch, self.generation) < (other.epoch, other.generation)


class Fence:
    """One partition of a changelog, of which the records are taken in order.

    `late` are the keys whose last record is late: whoever owns the partition must write them anew, or compaction will
    leave nothing else. `upto` is the next offset to read. `headers` are those of the rows that we write.
    """

    def __init__(self) -> None:
        self.late: set[bytes] = set()
        self.upto = 0
        self.headers: Headers = ()
        self._mine: Stamp | None = None
        self._highest = 0
        self._stamps: dict[bytes, Stamp] = {}

    def standing(self, records: Sequence[Record]) -> Iterator[Record]:
        """Take further records, and yield those with a key that count: all but the late ones."""
        for record in records:
            self.upto = record.offset + 1
            if record.key is not None and self._stands(record.key, stamp_of(record.headers)):
                yield record

    def claim(self, generation: int, writer: bytes) -> None:
        """Become the owner: everything that can be known of the owners before has been taken in."""
        self._mine = Stamp(self._highest + 1, generation, writer)
        self._highest = self._mine.epoch
        self.headers = ((OWNER, msgspec.msgpack.encode(self._mine)),)

    def wrote(self, key: bytes) -> None:
        """Note that a row of ours is acknowledged. A late one may already have been read behind it."""
        if self._mine is not None:
            self._stamps[key] = self._mine

    def _stands(self, key: bytes, stamp: Stamp | None) -> bool:
        before = self._stamps.get(key)
        if stamp is None:  # of a version that has no stamps, or written by hand
            self._stamps.pop(key, None)
        elif before is not None and self._is_late(stamp, before):
            self.late.add(key)
            return False
        else:
            self._highest = max(self._highest, stamp.epoch)
            self._stamps[key] = stamp
        self.late.discard(key)
        return True

    def _is_late(self, stamp: Stamp, before: Stamp) -> bool:
        """Tell whether an owner may not write behind another. Behind us, only somebody after us may."""
        if before == self._mine and stamp != before:
            return not before.is_before(stamp)
        return stamp.is_before(before)


def stamp_of(headers: Headers) -> Stamp | None:
    """Return who wrote a row, or None if it does not say so."""
    return next((_decoded(value) for name, value in headers if name == OWNER), None)


@lru_cache(maxsize=256)
def _decoded(value: bytes) -> Stamp | None:
    """Read a stamp, once for all rows of an owner."""
    try:
        return _decoder.decode(value)
    except msgspec.DecodeError:
        return None


_decoder = msgspec.msgpack.Decoder(Stamp)
