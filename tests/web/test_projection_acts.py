"""The read model's acts of staff: folded once, and the answer to each command."""

import time

import msgspec
import pytest

from api.projection.alerts import Alert
from api.projection.answers import Answer
from api.projection.keys import ANSWER_KEPT, Store
from api.projection.projector import Projector
from stream.worker.names import ALERTS
from tests.web.samples import MemoryLog, act, transition

pytestmark = pytest.mark.redis

NOBODY = {"alert_id": "nobody", "clock_id": "", "pathway": "", "reason": "no_such_alert"}


@pytest.fixture(autouse=True)
def written_now(log: MemoryLog) -> None:
    log.written_at = time.time()


async def apply(projector: Projector, log: MemoryLog, *values: bytes) -> int:
    return await projector.apply(ALERTS, 0, log.write(ALERTS, *values))


async def alert(store: Store, alert_id: str = "a1") -> Alert:
    return msgspec.json.decode(await store.redis.hget(store.keys.alerts, alert_id), type=Alert)


async def answer(store: Store, command_id: str) -> Answer | None:
    value = await store.redis.get(store.keys.command(command_id))
    return None if value is None else msgspec.json.decode(value, type=Answer)


async def test_an_alert_says_who_takes_care_of_it_and_what_was_tried(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, transition(), act("acknowledged"), act("rung", "t3"))
    found = await alert(store)
    assert (found.owner, found.is_acknowledged, [each.to for each in found.rungs]) == ("AB", True, ["region"])


async def test_an_act_that_comes_twice_counts_once(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition(), act("rung"))
    assert await apply(projector, log, act("rung")) == 0
    assert len((await alert(store)).rungs) == 1


async def test_a_command_is_answered_by_what_the_ledger_says(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, transition(), act("acknowledged"), act("refused", "t3"))
    found = [await answer(store, "c-t2"), await answer(store, "c-t3"), await answer(store, "c-t4")]
    assert [each and (each.status, each.reason) for each in found] == [
        ("accepted", "acknowledged"),
        ("refused", "tier_moved"),
        None,
    ]


async def test_the_first_answer_to_a_command_stands(projector: Projector, log: MemoryLog, store: Store) -> None:
    same = {"cause": {"command": "c1"}}
    await apply(projector, log, transition(), act("acknowledged", **same), act("refused", "t3", **same))
    found = await answer(store, "c1")
    assert found is not None
    assert found.status == "accepted"


async def test_an_answer_goes_a_while_after_it_was_written(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition(), act("acknowledged"))
    left = await store.redis.ttl(store.keys.command("c-t2"))
    assert ANSWER_KEPT.total_seconds() - 120 < left <= ANSWER_KEPT.total_seconds()


async def test_what_is_known_of_a_command_stays_as_long_as_its_answer(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await store.redis.set(store.keys.sent("c-t2"), b"{}", ex=60)
    await apply(projector, log, transition(), act("acknowledged"))
    kept = [await store.redis.expiretime(key("c-t2")) for key in (store.keys.sent, store.keys.command)]
    assert kept[0] == kept[1]


async def test_an_old_answer_takes_nothing_away_from_a_key_that_is_used_anew(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await store.redis.set(store.keys.sent("c-t2"), b"{}", ex=60)
    log.written_at = time.time() - ANSWER_KEPT.total_seconds() - 1
    await apply(projector, log, transition(), act("acknowledged"))
    assert await store.redis.ttl(store.keys.sent("c-t2")) > 0


async def test_a_read_model_made_anew_keeps_no_answer_longer_than_the_one_before(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    log.written_at = time.time() - ANSWER_KEPT.total_seconds() - 1
    await apply(projector, log, transition(), act("acknowledged"))
    assert await answer(store, "c-t2") is None
    assert (await alert(store)).owner == "AB"


async def test_a_command_for_an_alert_that_nobody_knows_is_answered_and_makes_none(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, act("refused", **NOBODY))
    found = await answer(store, "c-t2")
    assert found is not None
    assert (found.status, found.reason) == ("refused", "no_such_alert")
    assert not await store.redis.exists(store.keys.alerts, store.keys.alert_of, store.keys.ledger("nobody"))


async def test_an_act_that_does_not_say_what_it_must_is_counted_and_stops_nothing(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, transition(), act("snoozed", detail=None), act("acknowledged", "t3"))
    assert (await alert(store)).owner == "AB"
    assert await store.redis.hlen(store.keys.unreadable) == 1
