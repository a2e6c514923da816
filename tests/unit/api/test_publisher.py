"""From the HTTP API into the log: judged by the intake, answered when stored."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from api.publisher import LARGE_AT_ONCE, Publisher
from stream.clock import FixedClock
from stream.facts.transports import BATCH, STRUCTURED
from stream.worker.intake import Intake, Output, Raw
from stream.worker.metrics import IntakeMetrics, dead_letter_counter
from stream.worker.names import ACTIONS, DEADLETTERS, FACTS
from stream.worker.transport import SendError
from tests.web.department import NOW
from tests.web.samples import event

REFUSED = {"source": "urn:test", "id": "e2"}


class Shelf:
    """Keeps what is stored; fails when told."""

    def __init__(self, *, fails: bool = False) -> None:
        self.stored: list[Output] = []
        self._fails = fails

    async def __call__(self, outputs: Sequence[Output]) -> None:
        if self._fails:
            raise SendError("nothing is stored")
        self.stored.extend(outputs)


def publisher(shelf: Shelf) -> Publisher:
    registry = CollectorRegistry()
    return Publisher(Intake(FixedClock(NOW), 4, IntakeMetrics(registry, dead_letter_counter(registry))), shelf)


def sent(*events: object) -> Raw:
    body, kind = (events[0], STRUCTURED) if len(events) == 1 else (events, BATCH)
    return Raw(msgspec.json.encode(body), [("content-type", kind)])


async def test_an_accepted_event_is_stored_as_a_fact_of_its_patient() -> None:
    shelf = Shelf()
    results = await publisher(shelf)(sent(event()))
    assert results == [{"status": "accepted", "source": "urn:test", "id": "e1", "marks": []}]
    assert [(each.topic, each.key) for each in shelf.stored] == [(FACTS, b"k1:pt-1")]


async def test_a_refused_event_leaves_a_dead_letter_and_marks_its_patient() -> None:
    shelf = Shelf()
    (result,) = await publisher(shelf)(sent(event("e2", step="nonsense")))
    assert result | REFUSED == result
    assert [each.topic for each in shelf.stored] == [DEADLETTERS, ACTIONS]


async def test_results_come_in_the_order_of_the_batch() -> None:
    results = await publisher(Shelf())(sent(event("e1"), event("e2", step="nonsense"), event("e3")))
    assert [(result["id"], result["status"]) for result in results] == [
        ("e1", "accepted"),
        ("e2", "refused"),
        ("e3", "accepted"),
    ]


async def test_what_was_odd_about_an_accepted_event_is_told() -> None:
    (result,) = await publisher(Shelf())(sent(event(time="")))
    assert result["marks"] == ["missing_time"]


async def test_nothing_is_promised_that_could_not_be_stored() -> None:
    with pytest.raises(SendError):
        await publisher(Shelf(fails=True))(sent(event()))


async def test_of_many_large_batches_only_a_few_are_taken_at_a_time() -> None:
    at_work, most = 0, 0

    async def store(_outputs: Sequence[Output]) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.01)
        at_work -= 1

    publish = publisher(Shelf())
    publish._store = store
    large = sent(*[event(f"e{number}") for number in range(200)])
    answers = await asyncio.gather(*(publish(large) for _ in range(3 * LARGE_AT_ONCE)))
    assert (most, {len(answer) for answer in answers}) == (LARGE_AT_ONCE, {200})
