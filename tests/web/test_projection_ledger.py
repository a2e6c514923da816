"""The read model's alerts, facts and progress: a transition counts once, an event is kept once."""

import msgspec
import pytest

from api.projection.alerts import Alert
from api.projection.index import Index, Range
from api.projection.keys import LEDGER_KEPT, Store
from api.projection.projector import Projector
from stream.worker.names import ALERTS, FACTS, PROGRESS
from tests.web.samples import MemoryLog, fact, progress, transition

pytestmark = pytest.mark.redis


async def alert(store: Store, alert_id: str = "a1") -> Alert:
    return msgspec.json.decode(await store.redis.hget(store.keys.alerts, alert_id), type=Alert)


async def apply(projector: Projector, log: MemoryLog, *values: bytes, topic: str = ALERTS) -> int:
    return await projector.apply(topic, 0, log.write(topic, *values))


async def test_a_raised_alert_is_open_at_its_tier(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition())
    found = await alert(store)
    assert (found.status, found.tier) == ("open", "act")


async def test_a_change_keeps_when_it_was_first_raised(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition())
    await apply(projector, log, transition("t2", kind="changed", to="refer", at="2026-02-04T23:00:00Z"))
    found = await alert(store)
    assert (found.tier, found.raised_at, found.since) == ("refer", "2026-02-02T08:00:00Z", "2026-02-04T23:00:00Z")


@pytest.mark.parametrize("kind", ["closed", "withdrawn"])
async def test_an_ended_alert_has_no_tier(projector: Projector, log: MemoryLog, store: Store, kind: str) -> None:
    await apply(projector, log, transition(), transition("t2", kind=kind, to=None))
    found = await alert(store)
    assert (found.status, found.tier) == (kind, None)


async def test_an_acknowledgement_moves_neither_status_nor_tier(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, transition(), transition("t2", kind="acknowledged", to=None, at="2026-02-03T08:00:00Z"))
    found = await alert(store)
    assert (found.tier, found.since, found.last_act) == ("act", "2026-02-02T08:00:00Z", "acknowledged")


async def test_a_silent_alert_is_marked_so(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition(kind="silent", to="passed"))
    assert (await alert(store)).silent


async def test_a_repeated_transition_is_dropped_by_its_id(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition(), transition("t2", kind="changed", to="refer"))
    assert await apply(projector, log, transition(), transition("t2", kind="changed", to="refer")) == 0
    assert await store.redis.llen(store.keys.ledger("a1")) == 2


async def test_a_repeat_within_one_run_is_dropped_too(projector: Projector, log: MemoryLog, store: Store) -> None:
    assert await apply(projector, log, transition(), transition()) == 1
    assert await store.redis.llen(store.keys.ledger("a1")) == 1


async def test_only_the_last_transitions_of_an_alert_are_kept(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    rows = [transition(f"t{number}", kind="noted") for number in range(LEDGER_KEPT + 5)]
    await apply(projector, log, *rows)
    assert await store.redis.llen(store.keys.ledger("a1")) == LEDGER_KEPT


async def test_an_alert_is_in_the_index_once(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition())
    await apply(projector, log, transition("t2", kind="closed", to=None))
    alerts = Index(store.keys, "alerts")
    ended = await alerts.ended(store.redis, lambda _: True, 10, Range())
    assert (await alerts.live(store.redis), [entry.id for entry in ended]) == ([], ["a1"])


async def test_every_new_transition_is_news(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, transition(), transition("t2", kind="changed", to="refer"))
    entries = await store.redis.xrange(store.keys.news)
    assert [msgspec.json.decode(fields[b"transition"])["to"] for _, fields in entries[-2:]] == ["act", "refer"]


async def test_a_transition_without_a_readable_moment_is_noted(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, transition(at="yesterday"))
    assert await store.redis.hlen(store.keys.unreadable) == 1


async def test_an_event_delivered_under_two_offsets_is_kept_once(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, fact(), fact(), topic=FACTS)
    assert await store.redis.hvals(store.keys.facts("k1:pt-1")) == [fact()]


async def test_events_of_one_identity_but_other_content_are_both_kept(
    projector: Projector, log: MemoryLog, store: Store
) -> None:
    await apply(projector, log, fact(), fact(data={"line": "aftertreatment"}), topic=FACTS)
    assert await store.redis.hlen(store.keys.facts("k1:pt-1")) == 2


async def test_the_last_progress_of_a_partition_counts(projector: Projector, log: MemoryLog, store: Store) -> None:
    await apply(projector, log, progress(0, None), progress(0), topic=PROGRESS)
    assert await store.redis.hvals(store.keys.progress) == [progress(0)]


@pytest.mark.parametrize(("topic", "value"), [(FACTS, b"[]"), (PROGRESS, b"{}"), (PROGRESS, progress(0, "noon"))])
async def test_events_and_progress_that_cannot_be_read_are_noted(
    projector: Projector, log: MemoryLog, store: Store, topic: str, value: bytes
) -> None:
    await apply(projector, log, value, topic=topic)
    assert await store.redis.hlen(store.keys.unreadable) == 1
