"""The projector as it runs: a Faust app over the embedded log, started, stopped, killed and left without its Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis.exceptions import ConnectionError as RedisConnectionError

from api.projection.app import AppLog, ProjectorWorker, build_projector_app
from api.projection.keys import Store
from api.projection.projector import Ends
from api.projection.signs import SignWatch
from stream.clock import WallClock
from stream.worker.apps import Setup
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS
from stream.worker.settings import StreamSettings
from stream.worker.transport import Outgoing, Record, TransportError, TransportOptions, declared_topics
from stream.worker.transport.admin import ensure_topics
from stream.worker.transport.sender import Sender
from tests.web.department import SIGN_RULES
from tests.web.samples import clock, fact, pathway, progress, transition

pytestmark = pytest.mark.redis

PARTITIONS = 2
PATIENCE = 60.0


def embedded(folder: Path) -> TransportOptions:
    return TransportOptions(url=f"embedded:{folder}", replication=1, synchronous="normal", commit_interval=0.1)


@asynccontextmanager
async def running(
    log: Path | TransportOptions, store: Store, registry: CollectorRegistry
) -> AsyncIterator[ProjectorWorker]:
    """Run a projector over the embedded log in a folder, or over another transport."""
    options = log if isinstance(log, TransportOptions) else embedded(log)
    setup = Setup(options, WallClock(), StreamSettings(partitions=PARTITIONS))
    worker = build_projector_app(setup, store, registry, SIGN_RULES)
    await ensure_topics(options, declared_topics(worker.app), create=True)
    await worker.app.start()
    try:
        yield worker
    finally:
        await worker.app.stop()


async def write(worker: ProjectorWorker, topic: str, value: bytes, *, key: bytes = b"pw-1", partition: int = 0) -> None:
    async with Sender(worker.app.options) as sender:
        await sender.send_many([Outgoing(topic, key, value, partition)])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await answered(holds):  # noqa: ASYNC110 - what is waited for happens in Redis
            await asyncio.sleep(0.02)


async def answered(holds: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await holds()
    except RedisConnectionError:
        return False


async def clocks(store: Store) -> int:
    return int(await store.redis.hlen(store.keys.clocks))


async def twice(times: list[int]) -> bool:
    return len(times) > 1


async def empty(store: Store) -> None:
    async for key in store.redis.scan_iter(match=store.keys.name("*")):
        await store.redis.delete(key)


async def test_what_is_written_reaches_the_read_model(
    tmp_path: Path, store: Store, registry: CollectorRegistry
) -> None:
    async with running(tmp_path, store, registry) as worker:
        await write(worker, CLOCKS, pathway(clock()))
        await write(worker, FACTS, fact())
        await write(worker, ALERTS, transition())
        await until(lambda: has(store, store.keys.alerts))
        await until(lambda: has(store, store.keys.facts("k1:pt-1")))
        await until(lambda: has_clocks(store, 1))


async def has(store: Store, key: str) -> bool:
    return bool(await store.redis.exists(key))


async def test_answers_may_carry_the_workers_word_when_all_partitions_gave_it(
    tmp_path: Path, store: Store, registry: CollectorRegistry
) -> None:
    async with running(tmp_path, store, registry) as worker:
        await write(worker, PROGRESS, progress(0))
        await write(worker, PROGRESS, progress(1, "2026-02-02T07:59:00Z"), partition=1)
        await until(lambda: has(store, store.keys.as_of))
        assert await store.redis.get(store.keys.as_of) == b"2026-02-02T07:59:00Z"


async def test_a_projector_started_again_goes_on(tmp_path: Path, store: Store) -> None:
    async with running(tmp_path, store, CollectorRegistry()) as worker:
        await write(worker, CLOCKS, pathway(clock()))
        await until(lambda: has(store, store.keys.clocks))
    async with running(tmp_path, store, CollectorRegistry()) as worker:
        await write(worker, CLOCKS, pathway(clock("c2", pathway="pw-2"), name="pw-2"), key=b"pw-2")
        await until(lambda: has_clocks(store, 2))


async def has_clocks(store: Store, number: int) -> bool:
    return await clocks(store) == number


async def test_a_new_redis_is_filled_although_the_group_has_read_it_all(tmp_path: Path, store: Store) -> None:
    async with running(tmp_path, store, CollectorRegistry()) as worker:
        await write(worker, CLOCKS, pathway(clock()))
        await until(lambda: has(store, store.keys.clocks))
        await asyncio.sleep(0.3)  # so that the group has committed
    await empty(store)
    async with running(tmp_path, store, CollectorRegistry()):
        await until(lambda: has_clocks(store, 1))


async def test_a_redis_lost_while_the_projector_runs_is_filled_without_a_new_record(
    tmp_path: Path, store: Store, registry: CollectorRegistry
) -> None:
    async with running(tmp_path, store, registry) as worker:
        await write(worker, CLOCKS, pathway(clock()))
        await until(lambda: has(store, store.keys.clocks))
        await empty(store)
        await until(lambda: filled_twice(registry))
        assert await clocks(store) == 1


async def filled_twice(registry: CollectorRegistry) -> bool:
    return registry.get_sample_value("fristvagt_projector_fills_total") == 2


async def test_topics_that_cannot_be_read_for_a_moment_do_not_end_the_projector(
    tmp_path: Path, store: Store, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends, failures = AppLog.ends, iter(range(2))

    async def flaky(self: AppLog, topic_name: str, since: float | None = None) -> Ends:
        if since is None and next(failures, None) is not None:
            raise TransportError("the broker is away")
        return await ends(self, topic_name, since)

    monkeypatch.setattr(AppLog, "ends", flaky)
    async with running(tmp_path, store, registry) as worker:
        for partition in range(PARTITIONS):
            await write(worker, PROGRESS, progress(partition), partition=partition)
        await until(lambda: has(store, store.keys.as_of))
        assert not worker.app.crashed
        assert next(failures, None) is None


async def test_topics_that_cannot_be_read_while_the_read_model_is_filled_do_not_end_the_projector(
    tmp_path: Path, store: Store, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, store, CollectorRegistry()) as worker:
        await write(worker, CLOCKS, pathway(clock()))
    read, failures = AppLog.read, iter(range(2))
    await empty(store)

    async def flaky(self: AppLog, *spot: Any) -> AsyncIterator[Record]:
        if next(failures, None) is not None:
            raise TransportError("the broker is away")
        async for record in read(self, *spot):
            yield record

    monkeypatch.setattr(AppLog, "read", flaky)
    async with running(tmp_path, store, registry) as worker:
        await until(lambda: has_clocks(store, 1))
        assert (worker.app.crashed, next(failures, None)) == (False, None)


async def test_signs_are_looked_for_while_the_projector_runs(
    tmp_path: Path, store: Store, registry: CollectorRegistry
) -> None:
    async with running(tmp_path, store, registry) as worker:
        await write(worker, FACTS, fact())
        await write(worker, CLOCKS, pathway(clock()))
        for partition in range(PARTITIONS):
            await write(worker, PROGRESS, progress(partition, "2026-02-05T08:00:00Z"), partition=partition)
        await until(lambda: has(store, store.keys.signs_round))
    assert await store.redis.hkeys(store.keys.signs) == [b"k1:pt-1"]


async def test_looking_for_signs_that_goes_wrong_does_not_end_what_keeps_the_clocks(
    tmp_path: Path, store: Store, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[int] = []

    async def wrong(_: SignWatch) -> None:
        failures.append(1)
        raise RuntimeError

    monkeypatch.setattr(SignWatch, "turn", wrong)
    async with running(tmp_path, store, registry) as worker:
        await write(worker, CLOCKS, pathway(clock()))
        await until(lambda: has_clocks(store, 1))
        await until(lambda: twice(failures))
        assert not worker.app.crashed
