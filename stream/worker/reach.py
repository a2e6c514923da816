"""How far a partition has been read: up to an end that was seen at a known moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(slots=True)
class Reach(Generic[S]):
    """The latest stamp at which the ends of some topics were seen and have been reached since.

    An end runs on while it is being read. So one look is held until all of it is settled, then the next is
    taken: `reached` moves on also under steady traffic, and never says more than is true.
    """

    reached: S | None = None
    _aim: tuple[S, Mapping[str, int]] | None = field(default=None)

    def look(self, stamp: S, ends: Mapping[str, int], settled: Mapping[str, int]) -> None:
        """Compare with what is settled (next offset per topic) and, if nothing is aimed at, take a new aim."""
        self._compare(settled)
        if self._aim is None or self._is_beyond(ends):
            self._aim = (stamp, ends)
            self._compare(settled)

    def _is_beyond(self, ends: Mapping[str, int]) -> bool:
        """Tell whether the aim lies behind the end: a log that lost its last records would never be read to it."""
        return self._aim is not None and any(self._aim[1][topic] > end for topic, end in ends.items())

    def _compare(self, settled: Mapping[str, int]) -> None:
        if self._aim is None:
            return
        stamp, ends = self._aim
        if all(settled.get(topic, 0) >= end for topic, end in ends.items()):
            self.reached, self._aim = stamp, None
