"""How many clocks were closed: the counts follow every change of a clock, and do not depend on how they came."""

import pytest

from api.projection.keys import Store
from api.projection.outcomes import counted
from api.projection.projector import Projector
from stream.signs.rising import Group
from stream.worker.names import CLOCKS
from tests.web.samples import UNIT, MemoryLog, clock, closed, pathway

pytestmark = pytest.mark.redis

WITHIN = Group(UNIT, "2026-02", "within")
WISH = Group(UNIT, "2026-02", "over_patient_wish")


async def counts(store: Store) -> dict[Group, int]:
    return await counted(store.redis, store.keys)


async def take(projector: Projector, log: MemoryLog, *values: bytes | None) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, *values))


async def test_closed_clocks_are_counted_by_unit_month_and_outcome(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    wished = closed("c3", outcome="over_patient_wish", closed_on="2026-01-31")
    await take(projector, log, pathway(clock("c1"), closed("c2"), wished))
    assert await counts(store) == {WITHIN: 1, Group(UNIT, "2026-01", "over_patient_wish"): 1}


async def test_a_correction_moves_a_clock_from_one_count_to_another(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    await take(projector, log, pathway(closed()))
    await take(projector, log, pathway(closed(outcome="over_patient_wish"), revision=2))
    assert await counts(store) == {WISH: 1}


@pytest.mark.parametrize("later", [None, pathway(clock(), revision=2)], ids=["its facts are retracted", "it reopens"])
async def test_a_clock_that_is_closed_no_more_is_not_counted(
    projector: Projector, store: Store, log: MemoryLog, later: bytes | None
) -> None:
    await take(projector, log, pathway(closed()), later)
    assert await counts(store) == {}
    await take(projector, log, pathway(closed(), revision=3))
    assert await counts(store) == {WITHIN: 1}


async def test_a_repeat_is_not_counted_twice(projector: Projector, store: Store, log: MemoryLog) -> None:
    records = log.write(CLOCKS, pathway(closed()))
    await projector.apply(CLOCKS, 0, records)
    await projector.apply(CLOCKS, 0, records)
    await take(projector, log, pathway(closed()))
    assert await counts(store) == {WITHIN: 1}


@pytest.mark.parametrize(
    "other",
    [{"outcome": "interrupted"}, {"outcome": "not_covered"}, {"unit": None}, {"binding": None}],
    ids=["interrupted", "not covered", "of no unit", "a duty to inform"],
)
async def test_what_no_start_closed_and_no_date_is_offered_for_does_not_count(
    projector: Projector, store: Store, log: MemoryLog, other: dict[str, object]
) -> None:
    await take(projector, log, pathway(closed(**other)))
    assert await counts(store) == {}
