"""The ledger's topic comes to the notifier whole, wherever SQL stands."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from api.projection.ground import Ends
from deploy.notifying.feeding import CatchUp, Feed
from stream.worker.transport import Record, Run


@dataclass
class Topic:
    """A topic of one partition; `first` is the oldest record that is left."""

    end: int = 0
    first: int = 0

    async def ends(self, _topic: str, since: float | None = None) -> Ends:
        return Ends({0: self.end}, since or 0.0)

    async def read(self, _topic: str, _partition: int, start: int, end: int) -> AsyncIterator[Record]:
        for offset in range(max(start, self.first), end):
            yield at(offset)


@dataclass
class Taker:
    """What SQL would hold."""

    next_offset: int = 0
    taken: list[int] = field(default_factory=list)
    rewound: int = 0

    async def apply(self, _partition: int, records: Sequence[tuple[int, bytes | None]]) -> None:
        for offset, _ in records:
            if offset >= self.next_offset:
                self.taken.append(offset)
                self.next_offset = offset + 1

    async def applied(self, _partition: int) -> int:
        return self.next_offset

    async def rewind(self) -> None:
        self.rewound += 1
        self.next_offset = 0


@dataclass
class Fed:
    topic: Topic = field(default_factory=Topic)
    taker: Taker = field(default_factory=Taker)
    catch_up: CatchUp = field(default_factory=CatchUp)

    def __post_init__(self) -> None:
        self.feed = Feed(self.taker, self.topic, 1, self.catch_up)  # type: ignore[arg-type]


@pytest.fixture
def fed() -> Fed:
    return Fed()


def at(offset: int) -> Record:
    return Record(offset, b"pt1", b"{}", (), 0.0)


def run(first: int, *offsets: int) -> Run:
    return Run("fristvagt.alerts", 0, first, tuple(map(at, offsets)))


async def test_a_new_database_is_filled_from_the_topic_before_anything_is_delivered(fed: Fed) -> None:
    fed.topic.end = 1200
    await fed.feed.fill()
    assert fed.taker.taken == list(range(1200))


async def test_what_a_restored_database_lacks_is_read_before_the_run(fed: Fed) -> None:
    fed.topic.end, fed.taker.next_offset = 12, 5
    await fed.feed.take(run(10, 10, 11))
    assert fed.taker.taken == [5, 6, 7, 8, 9, 10, 11]


async def test_a_database_that_loses_what_it_had_while_we_run_gets_it_again(fed: Fed) -> None:
    fed.topic.end = 3
    await fed.feed.take(run(0, 0, 1, 2))
    fed.taker.next_offset, fed.taker.taken = 1, []
    await fed.feed.look()
    assert fed.taker.taken == [1, 2]


async def test_a_topic_made_anew_is_read_from_its_beginning(fed: Fed) -> None:
    fed.topic.end, fed.taker.next_offset = 2, 50
    await fed.feed.fill()
    assert (fed.taker.rewound, fed.taker.taken) == (1, [0, 1])


async def test_a_topic_that_loses_its_end_while_we_run_is_read_from_its_beginning(fed: Fed) -> None:
    fed.topic.end = 5
    await fed.feed.take(run(0, 0, 1, 2, 3, 4))
    fed.topic.end, fed.taker.taken = 3, []
    await fed.feed.look()
    assert (fed.taker.rewound, fed.taker.taken) == (1, [0, 1, 2])
    fed.topic.end = 4
    await fed.feed.take(run(3, 3))
    await fed.feed.look()
    assert (fed.taker.rewound, fed.catch_up.holds()) == (1, True)


async def test_it_is_caught_up_only_once_the_end_is_reached_that_was_seen(fed: Fed) -> None:
    fed.topic.end = 2
    await fed.feed.look()
    assert not fed.catch_up.holds()
    await fed.feed.take(run(0, 0, 1))
    await fed.feed.look()
    assert fed.catch_up.holds()


async def test_records_that_retention_took_are_not_waited_for(fed: Fed) -> None:
    fed.topic.end = fed.topic.first = 9
    await fed.feed.fill()
    await fed.feed.look()
    assert fed.catch_up.holds()


async def test_an_end_seen_long_ago_is_no_longer_up_to_date(fed: Fed, monkeypatch: pytest.MonkeyPatch) -> None:
    await fed.feed.look()
    later = time.monotonic() + 20
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not fed.catch_up.holds()
