"""A large batch is judged in slices, and others have their turn meanwhile."""

import asyncio

import pytest

from stream.worker.intake import Intake, Raw
from stream.worker.slices import SLICE, judged
from tests.unit.worker.test_intake import event, intake, registry, sent

__all__ = ["intake", "registry"]

LARGE = 3_000


def batch(length: int) -> Raw:
    return sent([event(str(number)) for number in range(length)], "application/cloudevents-batch+json")


@pytest.mark.parametrize("length", [0, 1, SLICE, SLICE + 1, 2 * SLICE + 7])
async def test_every_event_of_a_batch_has_its_result_in_order(intake: Intake, length: int) -> None:
    slices = [results async for results in judged(intake, batch(length))]
    assert [result.accepted.fact.ref.id for results in slices for result in results] == list(map(str, range(length)))
    assert max(map(len, slices), default=0) <= SLICE


async def take_turns(turns: list[int]) -> None:
    while True:
        turns.append(1)
        await asyncio.sleep(0)


async def test_a_large_batch_lets_others_have_their_turn(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.worker.slices._TURN", 0.0)
    turns: list[int] = []
    slices = judged(intake, batch(LARGE))
    await anext(slices)  # until then the batch is read in a thread
    others = asyncio.create_task(take_turns(turns))
    async for _ in slices:
        pass
    others.cancel()
    assert len(turns) >= LARGE - SLICE - 1


async def test_what_is_no_event_gives_its_refusal(intake: Intake) -> None:
    [[result]] = [results async for results in judged(intake, Raw(b"x" * 100_000))]
    assert result.letter.reason == "no_identity"
