"""The rounds of looking for signs, over a real Valkey: what they leave, who does them, and what goes wrong is seen."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from api.projection import signs as module
from api.projection.keys import Store
from api.projection.projector import Projector
from api.projection.signs import ROUND_EVERY, SignWatch, round_every
from stream.clock import format_moment
from stream.signs import Sign
from stream.worker.names import CLOCKS, FACTS
from tests.unit.engine.events import ENGINE
from tests.web.department import SIGN_RULES
from tests.web.samples import UNIT, MemoryLog, clock, closed, event, fact, pathway

pytestmark = pytest.mark.redis

AS_OF = datetime(2026, 2, 4, 9, tzinfo=UTC)
WALL = datetime(2026, 11, 1, tzinfo=UTC)
RIGHTS = ("heart.post_mi", "cancer.treatment")


class Wall:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.at = WALL

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def watch(projector: Projector, store: Store, log: MemoryLog, registry: CollectorRegistry, wall: Wall) -> object:
    """A read model of one patient, who consented on 26 January and has no date."""
    await projector.apply(FACTS, 0, log.write(FACTS, fact()))
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock())))
    await store.redis.set(store.keys.as_of, format_moment(AS_OF))
    return SignWatch(store, *SIGN_RULES, registry, ROUND_EVERY, wall)


async def go_round(watch: SignWatch) -> None:
    """Take turns until the round that is due is over."""
    await watch.turn()
    while watch._work is not None:
        await watch.turn()


async def there(store: Store) -> dict[str, list[str]]:
    found = await store.redis.hgetall(store.keys.signs)
    return {
        patient.decode(): [sign.name for sign in msgspec.json.decode(value, type=list[Sign])]
        for patient, value in found.items()
    }


async def test_a_round_leaves_the_signs_of_each_patient(watch: SignWatch, store: Store) -> None:
    await go_round(watch)
    assert await there(store) == {"k1:pt-1": ["consent_without_date"]}


async def test_a_sign_stands_at_the_clock_as_it_is_published(watch: SignWatch, store: Store) -> None:
    await go_round(watch)
    (value,) = await store.redis.hvals(store.keys.signs)
    (sign,) = msgspec.json.decode(value, type=list[Sign])
    assert (sign.clock_id, sign.since, sign.unit) == ("c1", date(2026, 1, 26), UNIT)


async def test_figures_count_the_signs_by_kind_and_region(watch: SignWatch, registry: CollectorRegistry) -> None:
    await go_round(watch)
    labels = {"sign": "consent_without_date", "region": ENGINE.units.region(UNIT, AS_OF.date())}
    assert registry.get_sample_value("fristvagt_signs", labels) == 1


async def test_the_next_round_begins_a_quarter_of_an_hour_later(
    watch: SignWatch, projector: Projector, store: Store, log: MemoryLog, wall: Wall
) -> None:
    await go_round(watch)
    offered = {"for": "treatment", "place": "own", "concrete": True, "offered_date": "2026-02-09"}
    booked = fact("e2", "date-offered", at="2026-02-03T10:00:00+01:00", data=offered)
    await projector.apply(FACTS, 0, log.write(FACTS, booked))
    wall.at += ROUND_EVERY - timedelta(seconds=1)
    await go_round(watch)
    assert await there(store) != {}
    wall.at += timedelta(seconds=1)
    await go_round(watch)
    assert await there(store) == {}


@pytest.mark.parametrize("gone", [None, pathway(closed(), revision=2)], ids=["it vanished", "it was closed"])
async def test_what_no_open_clock_stands_behind_is_taken_away(
    watch: SignWatch, projector: Projector, log: MemoryLog, wall: Wall, gone: bytes | None
) -> None:
    await go_round(watch)
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, gone))
    wall.at += ROUND_EVERY
    await go_round(watch)
    assert await watch._redis.hlen(watch._keys.signs) == 0


async def test_a_patient_with_more_clocks_than_a_turn_takes_is_looked_at_whole(
    watch: SignWatch, projector: Projector, store: Store, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOCKS_A_TURN", 1)
    monkeypatch.setattr(module, "PATIENTS_A_TURN", 1)
    for number in range(3):
        name, patient = f"pw-x{number}", f"k1:x{number}"
        theirs = {"subject": name, "partitionkey": patient}
        await projector.apply(FACTS, 0, log.write(FACTS, fact(f"x{number}", **theirs)))
        both = [clock(f"{name}-{right}", pathway=name, patient=patient, right=right) for right in RIGHTS]
        value = pathway(*both, name=name, patient=patient)
        await projector.apply(CLOCKS, 0, log.write(CLOCKS, value, key=name.encode()))
    await go_round(watch)
    assert sorted(await there(store)) == ["k1:pt-1", "k1:x0", "k1:x1", "k1:x2"]


async def test_units_are_compared_with_their_past_at_the_end_of_a_round(
    watch: SignWatch, projector: Projector, store: Store, log: MemoryLog
) -> None:
    past = [closed(f"p{number}", closed_on="2025-06-01") for number in range(100)]
    now = [closed(f"n{number}", outcome="over_patient_wish", closed_on="2026-01-10") for number in range(8)]
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(*past, *now, name="pw-2"), key=b"pw-2"))
    await go_round(watch)
    (sign,) = msgspec.json.decode(await store.redis.get(store.keys.unit_signs), type=list[Sign])
    assert (sign.name, sign.unit, sign.detail["wished"]) == ("patient_wish_rising", UNIT, 8)


async def test_one_projector_does_a_round_and_the_others_show_it(
    watch: SignWatch, store: Store, registry: CollectorRegistry, wall: Wall
) -> None:
    other = SignWatch(store, *SIGN_RULES, CollectorRegistry(), ROUND_EVERY, wall)
    await watch.turn()
    await other.turn()
    assert other._work is None
    await go_round(watch)
    theirs = CollectorRegistry()
    await SignWatch(store, *SIGN_RULES, theirs, ROUND_EVERY, wall).turn()
    assert [each.samples for each in theirs.collect() if each.name == "fristvagt_signs"] == [
        each.samples for each in registry.collect() if each.name == "fristvagt_signs"
    ]


async def test_a_round_whose_lock_was_lost_is_left_to_the_other(watch: SignWatch, store: Store, wall: Wall) -> None:
    await watch.turn()
    await store.redis.delete(store.keys.signs_lock)
    other = SignWatch(store, *SIGN_RULES, CollectorRegistry(), ROUND_EVERY, wall)
    await other.turn()
    await watch.turn()
    assert (watch._work is None, other._work is None) == (True, False)
    await go_round(other)
    assert await there(store) == {"k1:pt-1": ["consent_without_date"]}


async def test_the_age_of_the_last_round_grows_until_the_next_one_is_over(
    watch: SignWatch, registry: CollectorRegistry, wall: Wall
) -> None:
    await go_round(watch)
    wall.at += timedelta(minutes=10)
    assert registry.get_sample_value("fristvagt_signs_round_age_seconds") == 600


async def test_a_restarted_projector_knows_how_old_the_last_round_is(
    watch: SignWatch, store: Store, wall: Wall
) -> None:
    await go_round(watch)
    wall.at += timedelta(minutes=10)
    fresh = CollectorRegistry()
    await SignWatch(store, *SIGN_RULES, fresh, ROUND_EVERY, wall).turn()
    assert fresh.get_sample_value("fristvagt_signs_round_age_seconds") == 600


async def test_without_a_read_model_nothing_is_looked_for(watch: SignWatch, store: Store) -> None:
    await store.redis.hset(store.keys.meta, "state", "filling")
    await watch.turn()
    assert (watch._work, await store.redis.exists(store.keys.signs_lock)) == (None, 0)


async def test_a_patient_that_cannot_be_folded_is_counted_and_the_others_keep_their_signs(
    watch: SignWatch, projector: Projector, store: Store, log: MemoryLog, registry: CollectorRegistry
) -> None:
    broken = event("b1", subject="pw-b", partitionkey="k1:broken") | {"type": 7}
    await projector.apply(FACTS, 0, log.write(FACTS, msgspec.json.encode(broken)))
    theirs = pathway(clock("b", pathway="pw-b", patient="k1:broken"), name="pw-b", patient="k1:broken")
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, theirs, key=b"pw-b"))
    await go_round(watch)
    assert registry.get_sample_value("fristvagt_signs_failed_patients") == 1
    assert await there(store) == {"k1:pt-1": ["consent_without_date"]}


async def test_a_turn_that_fails_is_counted_and_the_next_round_begins_anew(
    watch: SignWatch, store: Store, registry: CollectorRegistry
) -> None:
    await store.redis.set(store.keys.signs, "no hash")
    with pytest.raises(Exception, match="WRONGTYPE"):
        await go_round(watch)
    assert registry.get_sample_value("fristvagt_signs_failed_turns_total") == 1
    await store.redis.delete(store.keys.signs, store.keys.signs_lock)
    await go_round(watch)
    assert await there(store) != {}


def test_rounds_are_sooner_in_fast_time_but_not_all_the_time() -> None:
    assert [round_every(pace) for pace in (1.0, 60.0, 3600.0)] == [
        timedelta(minutes=15),
        timedelta(seconds=15),
        timedelta(seconds=5),
    ]
