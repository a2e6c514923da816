"""Losing Redis loses nothing: the read model is filled again from the topics, whenever and however it was lost."""

from datetime import timedelta

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from api.projection.as_of import AsOf
from api.projection.keys import Keys, Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Ends, Projector
from stream.clock import WallClock, format_moment, parse_moment
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS
from tests.web.samples import MemoryLog, clock, fact, pathway, progress, transition

pytestmark = [pytest.mark.redis, pytest.mark.parametrize("redis", ["valkey", "redis"], indirect=True)]

TIERS = ["plan", "act", "refer"]


@pytest.fixture
def written(log: MemoryLog) -> MemoryLog:
    log.write(FACTS, fact())
    log.write(CLOCKS, *[pathway(clock(tier=tier), revision=number) for number, tier in enumerate(TIERS, 1)])
    log.write(ALERTS, transition(to="plan"), transition("t2", kind="changed", to="refer"))
    log.write(PROGRESS, progress())
    return log


def another(store: Store, log: MemoryLog) -> Projector:
    return Projector(store, log, ProjectorMetrics.create(CollectorRegistry()))


async def tier(store: Store) -> str | None:
    value = await store.redis.hget(store.keys.clocks, "c1")
    return None if value is None else msgspec.json.decode(value)["tier"]


async def lose(store: Store, *, all_but: tuple[str, ...] = ()) -> None:
    async for key in store.redis.scan_iter(match=store.keys.name("*")):
        if key.decode() not in all_but:
            await store.redis.delete(key)


async def test_an_empty_read_model_is_filled_from_the_topics(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    assert await tier(store) == "refer"
    assert await store.redis.hlen(store.keys.alerts) == 1


async def test_filling_again_reads_only_what_is_new(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    written.reads.clear()
    written.write(CLOCKS, pathway(clock(tier="escalate"), revision=4))
    await another(store, written).fill()
    assert written.reads == [(CLOCKS, 0, 3, 4)]


async def test_a_redis_lost_while_running_is_filled_at_the_next_run(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(tier="plan"))))
    await lose(store)
    other = pathway(clock("c2", pathway="pw-2"), name="pw-2")
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, other, key=b"pw-2"))
    assert await tier(store) == "plan"
    assert await store.redis.hlen(store.keys.clocks) == 2


async def test_a_redis_lost_while_nothing_happens_is_filled_too(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock(tier="plan"))))
    await lose(store)
    await projector.repair()
    assert await tier(store) == "plan"


async def test_a_redis_restored_from_an_older_copy_gets_what_it_lost(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    old, new = log.write(CLOCKS, pathway(clock(tier="plan")), pathway(clock(tier="act"), revision=2))
    await projector.apply(CLOCKS, 0, [old])
    copy = {key: await store.redis.dump(key) async for key in store.redis.scan_iter(match=store.keys.name("*"))}
    await projector.apply(CLOCKS, 0, [new])
    for key, value in copy.items():
        await store.redis.restore(key, 0, value, replace=True)
    await projector.repair()
    assert await tier(store) == "act"


async def test_a_run_far_ahead_of_the_read_model_waits_for_what_lies_between(store: Store, written: MemoryLog) -> None:
    projector = another(store, written)
    await projector.fill()
    await store.redis.set(store.keys.applied(CLOCKS, 0), 0)
    await store.redis.delete(store.keys.clocks, store.keys.pathways)
    later = written.write(CLOCKS, pathway(clock("c2", pathway="pw-2"), name="pw-2"), key=b"pw-2")
    await projector.apply(CLOCKS, 0, later)
    assert await tier(store) == "refer"


async def test_what_compaction_took_away_is_not_looked_for(store: Store, written: MemoryLog) -> None:
    projector = another(store, written)
    await projector.fill()
    written.write(CLOCKS, pathway(clock(tier="plan"), revision=4))
    last = written.write(CLOCKS, pathway(clock(tier="act"), revision=5))
    written.drop(CLOCKS, [3])
    written.reads.clear()
    await projector.apply(CLOCKS, 0, last)
    assert written.reads == []


async def test_records_that_retention_took_count_as_read(store: Store, written: MemoryLog) -> None:
    written.records[ALERTS, 0] = written.records[ALERTS, 0][1:]
    projector = another(store, written)
    await projector.fill()
    assert await projector.applied((ALERTS, 0)) == 2


async def test_a_read_model_of_other_topics_is_made_anew(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    fresh = MemoryLog()
    fresh.write(CLOCKS, pathway(clock(tier="plan")))
    await another(store, fresh).fill()
    assert await tier(store) == "plan"
    assert await store.redis.hlen(store.keys.alerts) == 0


class Overtaken(MemoryLog):
    """A log on which another projector goes on while this one looks where the topics end."""

    def __init__(self, log: MemoryLog, other: Projector) -> None:
        super().__init__()
        self.records = log.records
        self._other = other

    async def ends(self, topic: str, since: float | None = None) -> Ends:
        found = await super().ends(topic, since)
        if topic == CLOCKS:
            await self._other.apply(CLOCKS, 0, self.write(CLOCKS, pathway(clock(tier="passed"), revision=9)))
        return found


async def test_a_read_model_that_another_projector_brings_on_is_not_taken_for_one_of_other_topics(
    store: Store, written: MemoryLog
) -> None:
    other, registry = another(store, written), CollectorRegistry()
    await other.fill()
    await Projector(store, Overtaken(written, other), ProjectorMetrics.create(registry)).fill()
    assert await tier(store) == "passed"
    assert registry.get_sample_value("fristvagt_projector_fills_total") == 0


async def test_a_read_model_of_another_layout_is_made_anew(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    await store.redis.hset(store.keys.meta, "schema", "0")
    await store.redis.hset(store.keys.clocks, "left over", "{}")
    await another(store, written).fill()
    assert await store.redis.hkeys(store.keys.clocks) == [b"c1"]


async def test_a_fill_that_was_cut_short_goes_on(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    await store.redis.hset(store.keys.meta, "state", "filling")
    later = written.write(CLOCKS, pathway(clock(tier="escalate"), revision=4))
    await another(store, written).apply(CLOCKS, 0, later)
    assert await tier(store) == "escalate"
    assert await store.redis.hget(store.keys.meta, "state") == b"ready"


async def test_history_is_no_news_but_readers_are_told_to_read_again(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    entries = await store.redis.xrange(store.keys.news)
    assert [list(fields) for _, fields in entries] == [[b"reset"]]


async def test_what_happened_while_the_projector_was_down_is_news(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    written.write(ALERTS, transition("t3", kind="changed", to="escalate"))
    await another(store, written).fill()
    assert await store.redis.xlen(store.keys.news) == 2


async def test_two_read_models_share_a_redis(store: Store, written: MemoryLog) -> None:
    neighbour = Store(store.redis, Keys("neighbour"))
    await another(neighbour, written).fill()
    await another(store, written).fill()
    await store.redis.hset(store.keys.meta, "schema", "0")
    await another(store, MemoryLog()).fill()
    assert await tier(neighbour) == "refer"


def as_of_of(store: Store, log: MemoryLog, partitions: int = 1) -> AsOf:
    return AsOf(store, log, ProjectorMetrics.create(CollectorRegistry()), partitions)


async def test_a_filled_read_model_is_complete_up_to_the_workers_word(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    await as_of_of(store, written).look()
    assert await store.redis.get(store.keys.as_of) == b"2026-02-02T08:00:00Z"


async def test_the_workers_word_does_not_count_before_its_outputs_are_applied(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    late = log.write(CLOCKS, pathway(clock()))
    await projector.apply(PROGRESS, 0, log.write(PROGRESS, progress()))
    as_of = as_of_of(store, log)
    await as_of.look()
    assert await store.redis.get(store.keys.as_of) is None
    await projector.apply(CLOCKS, 0, late)
    await as_of.look()
    assert await store.redis.get(store.keys.as_of) == b"2026-02-02T08:00:00Z"


async def test_an_end_that_runs_on_does_not_hold_the_word_back(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    late = log.write(CLOCKS, pathway(clock()))
    await projector.apply(PROGRESS, 0, log.write(PROGRESS, progress()))
    as_of = as_of_of(store, log)
    await as_of.look()
    await projector.apply(CLOCKS, 0, late)
    log.write(CLOCKS, pathway(clock(tier="refer"), revision=2))
    await as_of.look()
    assert await store.redis.get(store.keys.as_of) == b"2026-02-02T08:00:00Z"


async def test_a_read_model_that_was_left_alone_longer_than_tombstones_are_kept_is_made_anew(
    store: Store, log: MemoryLog, projector: Projector
) -> None:
    await projector.apply(CLOCKS, 0, log.write(CLOCKS, pathway(clock())))
    log.write(CLOCKS, pathway(clock("c2", pathway="pw-2"), name="pw-2"), key=b"pw-2")
    log.drop(CLOCKS, [0])  # its tombstone came and was compacted away, while no projector was there
    await store.redis.set(f"{store.keys.namespace}.kept", format_moment(WallClock().now() - timedelta(hours=13)))
    await another(store, log).fill()
    assert await store.redis.hkeys(store.keys.clocks) == [b"c2"]


async def test_a_read_model_that_is_looked_after_is_gone_on_from(
    store: Store, log: MemoryLog, projector: Projector, caplog: pytest.LogCaptureFixture
) -> None:
    await store.redis.set(f"{store.keys.namespace}.kept", format_moment(WallClock().now() - timedelta(hours=11)))
    await projector.repair()
    assert "made anew" not in caplog.text
    kept = parse_moment((await store.redis.get(f"{store.keys.namespace}.kept")).decode())
    assert WallClock().now() - kept < timedelta(minutes=1)


@pytest.mark.parametrize(("hours_ago", "kept"), [(1, True), (3, False)])
async def test_events_go_when_their_retention_is_over(
    store: Store, log: MemoryLog, hours_ago: int, *, kept: bool
) -> None:
    log.written_at = (WallClock().now() - timedelta(hours=hours_ago)).timestamp()
    log.write(FACTS, fact())
    await Projector(store, log, ProjectorMetrics.create(CollectorRegistry()), facts_retention=7200.0).fill()
    assert bool(await store.redis.exists(store.keys.facts("k1:pt-1"))) == kept


async def test_without_a_retention_events_stay(store: Store, written: MemoryLog) -> None:
    await another(store, written).fill()
    assert await store.redis.ttl(store.keys.facts("k1:pt-1")) == -1
