"""How far a partition has been read: up to an end that was seen at a known moment. Pure.

In two stages. What hospitals send lies in the inbox until intake has judged it; only then is it a fact. So a partition
is caught up to a moment t when

1. intake has judged all that was in the inbox at t (`Judgement`), and
2. the facts and actions that lay in the partition *after that was known* have been applied (`Relay`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

S = TypeVar("S")


@dataclass(slots=True)
class Reach(Generic[S]):
    """The latest stamp at which the ends of some topics were seen and have been reached since.

    An end runs on while it is being read. So one look is held until all of it is settled, then the next is
    taken: `reached` moves on also under steady traffic, and never says more than is true.
    """

    reached: S | None = None
    _aim: tuple[S, Mapping[Any, int]] | None = field(default=None)

    def look(self, stamp: S, ends: Mapping[Any, int], settled: Mapping[Any, int]) -> None:
        """Compare with what is settled (next offset per topic) and, if nothing is aimed at, take a new aim."""
        self.settle(settled)
        if self._aim is None or self._is_beyond(ends):
            self._aim = (stamp, ends)
            self.settle(settled)

    def settle(self, settled: Mapping[Any, int]) -> None:
        """Compare what is aimed at with what is settled."""
        if self._aim is None:
            return
        stamp, ends = self._aim
        if all(settled.get(topic, 0) >= end for topic, end in ends.items()):
            self.reached, self._aim = stamp, None

    def _is_beyond(self, ends: Mapping[Any, int]) -> bool:
        """Tell whether the aim lies behind the end: a log that lost its last records would never be read to it."""
        return self._aim is not None and any(end > ends.get(topic, 0) for topic, end in self._aim[1].items())


class Judged(NamedTuple, Generic[S]):
    """Everything that was in the inbox at the stamp `upto` has been judged.

    That was known at `known_at` (monotonic seconds): what came of it lies below every end asked for since.
    """

    upto: S
    known_at: float


@dataclass(slots=True)
class Judgement(Generic[S]):
    """The first stage, the same for all partitions: how far intake is with the whole inbox."""

    judged: Judged[S] | None = None
    _reach: Reach[S] = field(default_factory=Reach)

    def look(self, stamp: S, ends: Mapping[int, int], committed: Mapping[int, int], known_at: float) -> None:
        """Note the ends of the inbox as seen at `stamp`, and what intake had committed, known at `known_at`."""
        self._reach.look(stamp, ends, committed)
        reached = self._reach.reached
        if reached is not None and (self.judged is None or self.judged.upto != reached):
            self.judged = Judged(reached, known_at)


@dataclass(slots=True)
class Relay(Generic[S]):
    """The second stage, one a partition: what came of the judgement has been applied."""

    _reach: Reach[S] = field(default_factory=Reach)
    _held: Judged[S] | None = None

    @property
    def reached(self) -> S | None:
        """The latest stamp up to which everything sent has been judged and applied."""
        return self._reach.reached

    def look(
        self, judged: Judged[S] | None, seen_at: float, ends: Mapping[Any, int], settled: Mapping[Any, int]
    ) -> None:
        """Compare the ends, asked for at `seen_at` (monotonic seconds), with what is settled.

        A judgement is held until ends are seen that were asked for after it: newer ones may come faster than ends.
        """
        self._reach.settle(settled)
        ripe = next((each for each in (judged, self._held) if each is not None and each.known_at <= seen_at), None)
        if ripe is None:
            self._held = self._held or judged
        else:
            self._held = None if judged is ripe else judged
            self._reach.look(ripe.upto, ends, settled)
