"""The read model's clocks: what the clocks topic says, once, whatever is delivered how often."""

from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from api.projection.index import Entry, Index, Range
from api.projection.keys import Store
from api.projection.projector import Projector
from stream.worker.names import CLOCKS
from tests.web.samples import UNIT, MemoryLog, clock, closed, pathway

pytestmark = pytest.mark.redis

RUNNING = Entry("2026-02-09", "c1", UNIT, "cancer.treatment", "B01", "running", "act")
CLOSED = Entry("2026-02-09", "c1", UNIT, "cancer.treatment", "B01", "closed", None)


async def index(store: Store) -> list[Entry]:
    """Everything that the index of clocks holds."""
    clocks = Index(store.keys, "clocks")
    return [*await clocks.live(store.redis), *await clocks.ended(store.redis, lambda _: True, 1000, Range())]


async def stored(store: Store, clock_id: str = "c1") -> Any:
    value = await store.redis.hget(store.keys.clocks, clock_id)
    return None if value is None else msgspec.json.decode(value)


async def everything(redis: Redis, store: Store) -> dict[bytes, Any]:
    dumps = {}
    async for key in redis.scan_iter(match=store.keys.name("*")):
        kind = await redis.type(key)
        if kind == b"hash":
            dumps[key] = {field: value for field, value in (await redis.hgetall(key)).items() if value != b"0"}
        elif kind == b"zset":
            dumps[key] = await redis.zrange(key, 0, -1)
        else:
            dumps[key] = await redis.dump(key)
    return {key: value for key, value in dumps.items() if value}


async def test_a_clock_is_kept_as_it_was_published(projector: Projector, log: MemoryLog, store: Store) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock())))
    assert await stored(store) == clock()


async def test_an_open_clock_is_in_the_index_with_its_facets(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock())))
    assert await index(store) == [RUNNING]


async def test_a_clock_that_closes_moves_in_the_index(projector: Projector, log: MemoryLog, store: Store) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock()), pathway(closed(), revision=2)))
    assert await Index(store.keys, "clocks").live(store.redis) == []
    assert await index(store) == [CLOSED]


async def test_a_clock_that_vanishes_from_its_pathway_leaves_nothing_behind(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    both = pathway(clock(), clock("c2", right="information.referral"))
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, both, pathway(clock(), revision=2)))
    assert await stored(store, "c2") is None
    assert await index(store) == [RUNNING]


@pytest.mark.parametrize("end", [None, pathway(revision=2)], ids=["tombstone", "no clocks"])
async def test_a_pathway_without_clocks_is_gone(
    projector: Projector, log: MemoryLog, store: Store, end: bytes | None
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock())))
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, end))
    assert await stored(store) is None
    assert await index(store) == []


async def test_a_run_delivered_again_changes_nothing(
    projector: Projector, log: MemoryLog, store: Store, redis: Redis
) -> None:
    run = log.write(CLOCKS, pathway(clock()), pathway(clock(tier="refer"), revision=2), pathway(closed(), revision=3))
    await projector.apply(CLOCKS, 0, run)
    before = await everything(redis, store)
    assert await projector.apply(CLOCKS, 0, run) == 0
    assert await everything(redis, store) == before


async def test_a_run_delivered_in_part_before_gives_only_its_rest(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    run = log.write(CLOCKS, pathway(clock()), pathway(clock(tier="refer"), revision=2))
    await projector.apply(CLOCKS, 0, run[:1])
    assert await projector.apply(CLOCKS, 0, run) == 1
    assert (await stored(store))["tier"] == "refer"


async def test_an_older_revision_is_ignored(projector: Projector, log: MemoryLog, store: Store) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(tier="refer"), revision=2)))
    assert await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(), revision=1))) == 0
    assert (await stored(store))["tier"] == "refer"


async def test_a_revision_written_again_after_a_crash_is_the_later_word(projector: Projector, log: MemoryLog) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(tier="plan"), revision=2)))
    assert await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(tier="act"), revision=2))) == 1


async def test_the_same_pathway_of_another_patient_is_not_measured_by_the_first_ones_revisions(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(), revision=9)))
    other = clock("c9", patient="k1:pt-2")
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(other, revision=1, patient="k1:pt-2")))
    assert await stored(store, "c9") == other


async def shared(projector: Projector, log: MemoryLog) -> None:
    """Two patients write clocks under the same reference."""
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(), revision=9)))
    other = pathway(clock("c9", patient="k1:pt-2"), patient="k1:pt-2")
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, other))


async def test_two_patients_under_the_same_reference_both_keep_their_clocks(
    projector: Projector, log: MemoryLog, store: Store, registry: CollectorRegistry
) -> None:
    await shared(projector, log)
    assert {entry.id for entry in await index(store)} == {"c1", "c9"}
    assert registry.get_sample_value("fristvagt_projector_shared_pathways_total") == 1


async def test_each_of_them_goes_on_by_itself(projector: Projector, log: MemoryLog, store: Store) -> None:
    await shared(projector, log)
    older, newer = pathway(clock(tier="plan"), revision=8), pathway(clock(tier="refer"), revision=10)
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, newer, older))
    assert ((await stored(store))["tier"], (await stored(store, "c9"))["patient"]) == ("refer", "k1:pt-2")


@pytest.mark.parametrize(("patient", "left"), [(b"k1:pt-1", "c9"), (b"k1:pt-2", "c1"), (None, "c1")])
async def test_the_tombstone_of_one_leaves_the_other_alone(
    projector: Projector, log: MemoryLog, store: Store, patient: bytes | None, left: str
) -> None:
    await shared(projector, log)
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, None, patient=patient))
    assert [entry.id for entry in await index(store)] == [left]


async def test_when_both_are_gone_nothing_is_left(
    projector: Projector, log: MemoryLog, store: Store, redis: Redis
) -> None:
    before = await everything(redis, store)
    await shared(projector, log)
    for patient in (b"k1:pt-1", b"k1:pt-2"):
        await projector.apply(CLOCKS, 0, log.write(CLOCKS, None, patient=patient))
    assert (await everything(redis, store)).keys() - before.keys() == {store.keys.applied(CLOCKS, 0).encode()}


async def test_a_record_that_cannot_be_read_is_noted_and_the_run_goes_on(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    bad, nameless = b"{", pathway({"right": "cancer.treatment"})
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, bad, nameless, pathway(clock())))
    assert await stored(store) == clock()
    assert sorted(await store.redis.hkeys(store.keys.unreadable)) == [
        f"{CLOCKS}:0:0".encode(),
        f"{CLOCKS}:0:1".encode(),
    ]


async def test_what_could_not_be_read_is_counted(
    projector: Projector, log: MemoryLog, registry: CollectorRegistry
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, b"{"))
    assert registry.get_sample_value("fristvagt_projector_unreadable_total", {"topic": CLOCKS}) == 1


async def test_after_many_changes_the_index_holds_each_clock_once(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    tiers = ["plan", "act", None, "refer", "plan", "escalate"]
    changes = [pathway(clock(tier=tier), revision=number) for number, tier in enumerate(tiers, 1)]
    for record in log.write(CLOCKS, *changes, pathway(closed(), revision=9), None, pathway(clock(), revision=11)):
        await projector.apply(CLOCKS, 0, [record])
    assert await index(store) == [RUNNING]


async def test_closed_clocks_come_in_order_whatever_their_unit(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    days = {"a": "2026-02-03", "b": "2026-02-01", "c": "2026-02-02", "d": "2026-02-01"}
    done = [closed(name, deadline=day, unit=f"u{name}" if name > "b" else None) for name, day in days.items()]
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(*done)))
    assert [entry.id for entry in await index(store)] == ["b", "d", "c", "a"]


@pytest.fixture
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.projection.index.CHUNK", 2)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Range(), ["b", "d", "c", "a"]),
        (Range(after=("2026-02-01", "b")), ["d", "c", "a"]),
        (Range(after=("2026-02-02", "c")), ["a"]),
        (Range(before="2026-02-02"), ["b", "d"]),
        (Range(after=("2026-02-01", "b"), before="2026-02-03"), ["d", "c"]),
        (Range(newest_first=True), ["a", "c", "d", "b"]),
        (Range(after=("2026-02-02", "c"), newest_first=True), ["d", "b"]),
    ],
)
async def test_ended_entries_are_read_in_ranges(
    short_chunks: None, projector: Projector, log: MemoryLog, asked: Range, expected: list[str]
) -> None:
    days = {"a": "2026-02-03", "b": "2026-02-01", "c": "2026-02-02", "d": "2026-02-01"}
    done = [closed(name, deadline=day, unit="u2" if name > "b" else None) for name, day in days.items()]
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(*done)))
    store = Store(projector._redis, projector._keys)
    found = await Index(store.keys, "clocks").ended(store.redis, lambda _: True, 10, asked)
    assert [entry.id for entry in found] == expected
