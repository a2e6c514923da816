"""Workers and brokers that die, stop and come back under load: no record is lost, none is counted twice."""

import asyncio
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stream.worker.transport import Outgoing, Sender, TransportOptions, declared_topics, ensure_topics, read_topic
from tests.servers.kafka import Kafka
from tests.unit.worker.transport.counting_worker import make

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

KEYS, PARTITIONS, PER_SECOND = 100, 4, 250
LONGER_THAN_THE_SESSION = 12.0


@dataclass
class Workers:
    """Two workers, started again whenever they have ended."""

    options: TransportOptions
    prefix: str
    codes: list[int] = field(default_factory=list)
    _workers: list[Process] = field(default_factory=list)

    async def start(self) -> Process:
        module = "tests.unit.worker.transport.counting_worker"
        words = ["-m", module, self.options.url, "100", str(PARTITIONS), self.prefix]
        return await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE)

    @asynccontextmanager
    async def two(self) -> AsyncIterator[None]:
        self._workers = [await self.start(), await self.start()]
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeper.cancel()
            for worker in self._workers:
                if worker.returncode is None:
                    worker.kill()
                await worker.wait()

    async def _keep(self) -> None:
        while True:
            for i, worker in enumerate(self._workers):
                if worker.returncode is not None:
                    self.codes.append(worker.returncode)
                    self._workers[i] = await self.start()
            await asyncio.sleep(0.2)

    async def suffer(self, fault: str, chance: random.Random) -> None:
        victim = chance.choice(self._workers)
        if fault == "sleep":
            victim.send_signal(signal.SIGSTOP)
            await asyncio.sleep(LONGER_THAN_THE_SESSION)
            victim.send_signal(signal.SIGCONT)
        else:
            victim.send_signal(signal.SIGKILL if fault == "kill" else signal.SIGTERM)


async def feed(options: TransportOptions, prefix: str, count: int) -> None:
    """Send numbered records at an even pace."""
    async with Sender(options) as sender:
        began = time.monotonic()
        for n in range(0, count, 25):
            await sender.send_many([Outgoing(f"{prefix}in", b"k%d" % (i % KEYS), b"%d" % i) for i in range(n, n + 25)])
            await asyncio.sleep(max(0, began + n / PER_SECOND - time.monotonic()))


async def copies(options: TransportOptions, prefix: str) -> Counter[bytes | None]:
    return Counter([record.value async for _, record in read_topic(options, f"{prefix}out")])


async def counts(options: TransportOptions, prefix: str) -> dict[bytes | None, int]:
    changelog = read_topic(options, f"{prefix}counting-rows-changelog")
    return {record.key: int((record.value or b"").split()[0]) async for _, record in changelog}


async def all_copied(options: TransportOptions, prefix: str, count: int) -> bool:
    """Wait until each record was copied. A kill between outputs and rows may repeat a copy; it must not lose one."""
    async with asyncio.timeout(90):
        while len(found := await copies(options, prefix)) < count:  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(1)
    return set(found) == {b"%d" % n for n in range(count)}


async def endure(
    options: TransportOptions, prefix: str, count: int, *, faults: Sequence[str], seed: int, pause: tuple[float, float]
) -> Workers:
    """Feed `count` records to two workers, let the faults happen meanwhile, and check every record and row."""
    workers, chance = Workers(options, prefix), random.Random(seed)
    assert not await ensure_topics(options, declared_topics(make(options, PARTITIONS, prefix)), create=True)
    async with workers.two():
        feeding = asyncio.create_task(feed(options, prefix, count))
        for fault in faults:
            await asyncio.sleep(chance.uniform(*pause))
            await workers.suffer(fault, chance)
        await feeding
        assert await all_copied(options, prefix, count)
    assert await counts(options, prefix) == {b"k%d" % n: count // KEYS for n in range(KEYS)}
    return workers


async def test_killed_stopped_and_sleeping_workers_lose_nothing(options: TransportOptions, prefix: str) -> None:
    faults = ["kill", "kill", "end", "sleep"]
    workers = await endure(options, prefix, 8000, faults=faults, seed=4, pause=(3.0, 6.0))
    assert sorted(workers.codes) == [-9, -9, 0, 70]


async def test_a_broker_that_is_killed_and_comes_back_loses_nothing(tmp_path: Path, prefix: str) -> None:
    broker = Kafka(tmp_path)
    broker.start()
    options = TransportOptions(url=f"kafka://{broker.bootstrap}", replication=1)
    assert not await ensure_topics(options, declared_topics(make(options, PARTITIONS, prefix)), create=True)
    workers = Workers(options, prefix)
    async with workers.two():
        feeding = asyncio.create_task(feed(options, prefix, 4000))
        await asyncio.sleep(6)
        await asyncio.to_thread(broker.kill)
        await asyncio.sleep(1)
        await asyncio.to_thread(broker.start)
        await feeding
        assert await all_copied(options, prefix, 4000)
    await asyncio.to_thread(broker.kill)
