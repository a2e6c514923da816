"""What answers say of events that may be missing: silent sources, an intake that is behind, patients in quarantine."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.projection.keys import Store
from api.projection.projector import Projector
from api.projection.sources import LOOK_EVERY, SourceWatch
from stream.clock import format_moment
from stream.worker.names import FACTS
from stream.worker.sources import Silences
from tests.web.department import AS_OF
from tests.web.samples import MemoryLog, fact, progress

pytestmark = pytest.mark.redis

NOW = datetime(2026, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def sources(store: Store, registry: CollectorRegistry) -> SourceWatch:
    await store.redis.set(store.keys.as_of, format_moment(NOW))
    return SourceWatch(store, Silences(DAY), registry)


def sent(source: str, day: int, **changes: object) -> bytes:
    return fact(f"{source}-{day}", **{"source": source, "time": f"2026-02-{day:02}T00:00:00Z"} | changes)


async def test_the_last_event_of_a_source_counts_in_whatever_order_they_come(
    projector: Projector, store: Store, log: MemoryLog, sources: SourceWatch
) -> None:
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 11), sent("urn:b", 9)))
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 3), sent("urn:b", 10)))
    await sources.look(0.0)
    assert await store.redis.get(store.keys.silent) == b'["urn:b"]'


async def test_silence_is_known_again_after_everything_was_lost(
    projector: Projector, store: Store, log: MemoryLog, sources: SourceWatch
) -> None:
    log.write(FACTS, sent("urn:a", 9))
    await projector.fill()
    await store.redis.delete(*[key async for key in store.redis.scan_iter(match=store.keys.name("*"))])
    await projector.repair()
    await sources.look(0.0)
    assert await store.redis.get(store.keys.silent) is None
    await store.redis.set(store.keys.as_of, format_moment(NOW))
    await sources.look(0.0)
    assert await store.redis.get(store.keys.silent) == b'["urn:a"]'


async def test_an_event_without_a_time_of_recording_counts_when_it_happened(
    projector: Projector, store: Store, log: MemoryLog
) -> None:
    data = {"occurred_at": "2026-02-09T00:00:00Z"}
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 1, time=None, data=data)))
    moment = datetime(2026, 2, 9, tzinfo=UTC).timestamp()
    assert await store.redis.zrange(store.keys.sources, 0, -1, withscores=True) == [(b"urn:a", moment)]


async def test_figures_name_each_source_with_its_silence_and_its_limit(
    projector: Projector, log: MemoryLog, sources: SourceWatch, registry: CollectorRegistry
) -> None:
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 9)))
    await sources.look(0.0)
    figures = [
        registry.get_sample_value(f"fristvagt_source_silence_{name}", {"source": "urn:a"})
        for name in ("seconds", "limit_seconds")
    ]
    assert figures == [3 * DAY.total_seconds(), DAY.total_seconds()]


async def test_a_source_that_sends_again_is_silent_no_more(
    projector: Projector, store: Store, log: MemoryLog, sources: SourceWatch
) -> None:
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 9)))
    await sources.look(0.0)
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 12)))
    await sources.look(LOOK_EVERY)
    assert await store.redis.get(store.keys.silent) == b"[]"


async def test_an_event_dated_far_ahead_does_not_hide_the_silence_that_follows(
    projector: Projector, store: Store, log: MemoryLog, sources: SourceWatch
) -> None:
    await projector.apply(FACTS, 0, log.write(FACTS, sent("urn:a", 12, time="2031-02-12T00:00:00Z")))
    await sources.look(0.0)
    assert await store.redis.get(store.keys.silent) == b"[]"
    await store.redis.set(store.keys.as_of, format_moment(NOW + 2 * DAY))
    await sources.look(LOOK_EVERY)
    assert await store.redis.get(store.keys.silent) == b'["urn:a"]'


async def test_an_answer_names_the_sources_that_are_silent(site: httpx.AsyncClient, department: Store) -> None:
    await department.redis.set(department.keys.silent, b'["urn:a"]')
    answer = (await site.get("/v1/clocks")).json()
    assert [(each["code"], each["sources"]) for each in answer["reasons"]] == [("source_silent", ["urn:a"])]
    assert answer["complete"] is False


@pytest.mark.parametrize(
    ("further", "code"),
    [
        ({"quarantined": 2}, "quarantined"),
        ({"inbox": {"judged_at": "2026-02-02T08:50:00Z", "waiting": 7}}, "intake_behind"),
    ],
)
async def test_an_answer_is_not_complete_when_the_worker_says_so_and_the_process_stays_ready(
    site: httpx.AsyncClient, department: Store, further: dict[str, object], code: str
) -> None:
    await department.redis.hset(department.keys.progress, "0", progress(0, AS_OF, **further))
    answer = (await site.get("/v1/clocks")).json()
    assert ([each["code"] for each in answer["reasons"]], answer["complete"]) == ([code], False)
    assert (await site.get("/readyz")).status_code == 200
