"""Redis emptied, and begun anew by another projector, in the middle of a run: nothing is missing afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from api.projection.clocks import ClockReducer
from api.projection.keys import Store
from api.projection.projector import FILLING, Ends, Projector
from api.projection.reducer import Prepared
from stream.worker.names import CLOCKS
from stream.worker.transport.runs import Record
from tests.web.samples import MemoryLog, clock, pathway
from tests.web.test_projection_deliveries import contents, filled, history, projector_of

pytestmark = pytest.mark.redis

PATIENCE = 60.0


class HeldLog(MemoryLog):
    """The same topics, read by a projector that stands still until it is let go."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__()
        self.records = log.records
        self.go = asyncio.Event()

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Record]:
        """Yield what is held, once let go."""
        await self.go.wait()
        async for record in super().read(topic, partition, start, end):
            yield record


class Rival:
    """Another projector: it finds Redis emptied, begins to fill it, and stands still before its first record."""

    def __init__(self, store: Store, log: MemoryLog) -> None:
        self._store = store
        self._log = HeldLog(log)
        self._fill: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Empty Redis and begin, the first time only."""
        if self._fill is not None:
            return
        await lose(self._store)
        self._fill = asyncio.create_task(projector_of(self._store, self._log).fill())
        async with asyncio.timeout(PATIENCE):
            while await self._state() != FILLING.encode():  # noqa: ASYNC110 - what is waited for happens in Redis
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Go on and fill the rest."""
        self._log.go.set()
        assert self._fill is not None
        async with asyncio.timeout(PATIENCE):
            await self._fill

    async def _state(self) -> bytes | None:
        return await self._store.redis.hget(self._store.keys.meta, "state")


async def lose(store: Store) -> None:
    async for key in store.redis.scan_iter(match=store.keys.name("*")):
        await store.redis.delete(key)


def while_preparing(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]]) -> None:
    """Let it happen after the offset is watched and before the transaction."""
    prepare = ClockReducer.prepare

    async def meanwhile(self: ClockReducer, redis: Redis, records: Sequence[Record]) -> Prepared:
        prepared = await prepare(self, redis, records)
        await happens()
        return prepared

    monkeypatch.setattr(ClockReducer, "prepare", meanwhile)


def before_writing(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]]) -> None:
    """Let it happen after the gap was looked for and before the offset is watched."""
    write = Projector._write

    async def late(self: Projector, *args: Any, **options: Any) -> int:
        await happens()
        return await write(self, *args, **options)

    monkeypatch.setattr(Projector, "_write", late)


async def apply_meanwhile(store: Store, log: MemoryLog, prepare: Callable[[], None]) -> None:
    """Apply a run after a fill; what `prepare` patches in happens in its midst."""
    projector = projector_of(store, log)
    await projector.fill()
    run = log.write(CLOCKS, pathway(clock("new", pathway="pw-new"), name="pw-new"), key=b"pw-new")
    prepare()
    await projector.apply(CLOCKS, 0, run)


@pytest.mark.parametrize("interrupt", [while_preparing, before_writing])
async def test_a_run_in_flight_while_redis_is_begun_anew_hides_nothing_from_the_fill(
    store: Store, log: MemoryLog, monkeypatch: pytest.MonkeyPatch, interrupt: Callable[..., None]
) -> None:
    history(Random(1), log)
    rival = Rival(store, log)
    await apply_meanwhile(store, log, lambda: interrupt(monkeypatch, rival.begin))
    await rival.end()
    assert await contents(store) == await filled(store, log)


@pytest.mark.parametrize("interrupt", [while_preparing, before_writing])
async def test_a_run_is_not_said_to_be_applied_before_all_before_it_is_there(
    store: Store, log: MemoryLog, monkeypatch: pytest.MonkeyPatch, interrupt: Callable[..., None]
) -> None:
    history(Random(2), log)
    rival = Rival(store, log)
    await apply_meanwhile(store, log, lambda: interrupt(monkeypatch, rival.begin))
    held = await contents(store)
    await rival.end()
    assert held == await filled(store, log)


@pytest.mark.parametrize("interrupt", [while_preparing, before_writing])
async def test_a_fill_that_loses_its_ground_begins_again(
    store: Store, log: MemoryLog, monkeypatch: pytest.MonkeyPatch, interrupt: Callable[..., None]
) -> None:
    history(Random(3), log)
    rival = Rival(store, log)
    interrupt(monkeypatch, rival.begin)
    await projector_of(store, log).fill()
    held = await contents(store)
    await rival.end()
    assert held == await filled(store, log)


async def test_a_repair_that_loses_its_ground_begins_again(
    store: Store, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(Random(4), log)
    projector, rival = projector_of(store, log), Rival(store, log)
    await projector.fill()
    await store.redis.set(store.keys.applied(CLOCKS, 0), 30)
    before_writing(monkeypatch, rival.begin)
    await projector.repair()
    held = await contents(store)
    await rival.end()
    assert held == await filled(store, log)


async def test_two_projectors_started_at_once_make_one_whole_read_model(store: Store, log: MemoryLog) -> None:
    history(Random(5), log)
    expected = await filled(store, log)
    for _ in range(20):
        await lose(store)
        await asyncio.gather(*(projector_of(store, log).fill() for _ in range(2)))
        assert await contents(store) == expected


async def test_two_projectors_of_new_topics_clear_the_old_ones_once(
    store: Store, log: MemoryLog, caplog: pytest.LogCaptureFixture
) -> None:
    history(Random(6), log)
    await projector_of(store, log).fill()
    fresh = MemoryLog()
    fresh.write(CLOCKS, pathway(clock()))
    await asyncio.gather(*(projector_of(store, fresh).fill() for _ in range(2)))
    assert [record.message for record in caplog.records].count("the read model is made anew") == 2
    assert await contents(store) == await filled(store, fresh)


async def test_the_readers_are_told_once_of_a_read_model_that_two_made(store: Store, log: MemoryLog) -> None:
    history(Random(7), log)
    await asyncio.gather(*(projector_of(store, log).fill() for _ in range(2)))
    assert [list(fields) for _, fields in await store.redis.xrange(store.keys.news)] == [[b"reset"]]


async def test_a_projector_that_was_too_slow_to_clear_looks_again(
    store: Store, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(Random(8), log)
    monkeypatch.setattr("api.projection.ground.BEGIN_SECONDS", 0.05)
    ends, calls = log.ends, iter([0.0] * 4 + [0.1])
    monkeypatch.setattr(log, "ends", lambda *args: slowly(ends(*args), next(calls, 0.0)))
    await projector_of(store, log).fill()
    assert await contents(store) == await filled(store, log)


async def slowly(answer: Awaitable[Ends], seconds: float) -> Ends:
    await asyncio.sleep(seconds)
    return await answer
