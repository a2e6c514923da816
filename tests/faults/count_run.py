"""A counting run: two workers over four partitions count numbered records while faults happen to them.

Every key comes two or three times a second, so that a record lost, a record counted twice and a row written over a
newer one all show within moments. Ours must lose nothing; stock Faust must be seen to lose something.
"""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from stream.worker.transport import Outgoing, Sender, TransportOptions, declared_topics, ensure_topics, read_topic
from tests.faults.cluster import Cluster
from tests.faults.counted import PARTITIONS
from tests.faults.fleet import Fleet
from tests.faults.trouble import Arena, Fault
from tests.unit.worker.transport.counting_worker import make

KEYS, PER_SECOND = 100, 250
CALM: Final = 6.0
"""Seconds of records before the first fault and after the last."""
PATIENCE: Final = 60.0
"""Seconds without anything new after which the workers are thought to be done; 5 once everything has come."""


@dataclass(frozen=True)
class Verdict:
    """What is wrong: records without a copy, copies too many, keys counted wrong, rows written over newer ones."""

    lost: int
    doubled: int
    wrong_rows: int
    rows_gone_back: int

    @property
    def is_loss(self) -> bool:
        """Whether anything is lost. Copies may be repeated by a kill between copy and row."""
        return bool(self.lost or self.wrong_rows or self.rows_gone_back)


class CountingFleet(Fleet):
    """Workers that count, of one make."""

    which = "ours"

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.faults.counted", self.which, *words]


class CountRun:
    """Two workers of one make on a cluster; the second one reaches Kafka through the proxies."""

    def __init__(self, folder: Path, cluster: Cluster, which: str, seed: int) -> None:
        self.prefix = f"{which}-{seed}-"
        self.options = TransportOptions(url=f"kafka://{cluster.direct}", replication=cluster.copies, send_timeout=40)
        self.sent = 0
        self._fleet = CountingFleet(folder, folder / "clock", {}, chance := Random(seed))
        self._fleet.which = which
        for name, brokers in (("direct", cluster.direct), ("proxied", cluster.proxied)):
            self._fleet.add(f"{self.prefix}{name}", "worker", words=f"kafka://{brokers} {self.prefix}")
        self._arena = Arena(cluster, self._fleet, chance=chance)

    @property
    def codes(self) -> Counter[int]:
        """How often a worker ended with which code."""
        return Counter(code for member in self._fleet.members.values() for code in member.codes)

    async def suffer(self, faults: list[Fault], rounds: int = 1) -> Verdict:
        """Feed, let the faults happen, wait until nothing moves, and judge; stop after the round that loses."""
        specs = declared_topics(make(self.options, PARTITIONS, self.prefix))
        assert not await ensure_topics(self.options, specs, create=True)
        async with self._fleet:
            for _ in range(rounds):
                stop = asyncio.Event()
                feeding = asyncio.create_task(self._feed(stop))
                try:
                    await self._trouble(faults)
                finally:
                    stop.set()
                    await feeding
                verdict = await self._verdict()
                if verdict.is_loss:
                    break
        return verdict

    async def _trouble(self, faults: list[Fault]) -> None:
        for fault in faults:
            await asyncio.sleep(CALM)
            await fault(self._arena)
        await asyncio.sleep(CALM)

    async def _feed(self, stop: asyncio.Event) -> None:
        """Send numbered records at an even pace; end with as many of each key."""
        async with Sender(self.options) as sender:
            began, start = time.monotonic(), self.sent
            while not stop.is_set() or self.sent % KEYS:
                numbers = range(self.sent, self.sent + 25)
                await sender.send_many([Outgoing(f"{self.prefix}in", b"k%d" % (n % KEYS), b"%d" % n) for n in numbers])
                self.sent += 25
                await asyncio.sleep(max(0, began + (self.sent - start) / PER_SECOND - time.monotonic()))

    async def _verdict(self) -> Verdict:
        before, moved = await self._judge(), time.monotonic()
        while time.monotonic() - moved < (PATIENCE if before.is_loss else 5):
            await asyncio.sleep(1)
            if (now := await self._judge()) != before:
                before, moved = now, time.monotonic()
        return before

    async def _judge(self) -> Verdict:
        copies = Counter([record.value async for _, record in read_topic(self.options, f"{self.prefix}out")])
        rows: dict[bytes | None, tuple[int, int]] = {}
        back = 0
        async for _, record in read_topic(self.options, f"{self.prefix}counting-rows-changelog"):
            count, upto = map(int, (record.value or b"0 0").split())
            back += upto < rows.get(record.key, (0, -1))[1]
            rows[record.key] = count, upto
        wrong = [key for key in (b"k%d" % n for n in range(KEYS)) if rows.get(key, (0, 0))[0] != self.sent // KEYS]
        return Verdict(self.sent - len(copies), copies.total() - len(copies), len(wrong), back)
