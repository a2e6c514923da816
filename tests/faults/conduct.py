"""Conducts a fault run: steers the clock, sends each step, lets the faults happen, waits, and asks the checker."""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self

import msgspec
from redis import Redis

from stream.clock import EPOCH, format_moment
from stream.engine import Engine
from stream.worker.names import ACTIONS, FACTS, INBOX, INTAKE_GROUP, TICKS, WATCHED
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TransportError, TransportOptions
from tests.faults import checker
from tests.faults.checker import Evidence
from tests.faults.cluster import Cluster
from tests.faults.expected import Reference
from tests.faults.feed import Feed, spread
from tests.faults.fleet import Fleet
from tests.faults.plan import Event, Step
from tests.faults.steered import steer
from tests.faults.trouble import Arena, Fault
from tests.faults.witness import Witness, collect
from tests.faults.work import done
from tests.servers.redis import RedisServer

PARTITIONS = 6
PATIENCE = 600.0
"""Seconds within which everything sent must be settled, on a slow machine, while workers come back."""
_SLICE = 0.25
QUICK = 1.0
"""Seconds for which a step is sent where no fault is to meet it."""


logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers that are away are what this is about


class LostRunError(AssertionError):
    """A fault run left something wrong, or never came to rest."""


@dataclass
class Run:
    """A deployment under faults. Enter it to start everything."""

    folder: Path
    engine: Engine
    seed: int
    nodes: int = 1
    workers: int = 2
    intakes: int = 1
    projector: bool = False
    pace: float = 4.0
    pause: tuple[float, float] = (1.0, 5.0)
    reference: Reference = field(init=False)
    sent: list[Outgoing] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        self.chance = Random(self.seed)
        self.reference = Reference(self.engine)
        self.clock = self.folder / "clock"
        try:
            await self._enter()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _enter(self) -> None:
        cluster = await self._stack.enter_async_context(Cluster(self.folder, self.nodes))
        self.options = TransportOptions(url=f"kafka://{cluster.direct}", replication=cluster.copies, send_timeout=8)
        redis = self._redis()
        steer(self.clock, EPOCH)
        fleet = self._fleet(cluster, redis)
        await self._create_topics(fleet)
        witness = await self._stack.enter_async_context(Witness(cluster.direct, PARTITIONS))
        await self._stack.enter_async_context(fleet)
        self.arena = Arena(cluster, fleet, self.chance, witness, redis)
        self._stack.push_async_callback(self._disconnect)
        self._sender: Sender | None = None

    async def _create_topics(self, fleet: Fleet) -> None:
        """A broker takes connections before the others know it: too few for the copies, for some seconds."""
        until = time.monotonic() + 60
        while True:
            try:
                await asyncio.to_thread(fleet.run, "doctor", "--create")
            except AssertionError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(1)
            else:
                return

    def _redis(self) -> RedisServer:
        redis = RedisServer(self.folder)
        redis.start()
        self._stack.callback(redis.kill)
        return redis

    def _fleet(self, cluster: Cluster, redis: RedisServer) -> Fleet:
        """Every second process reaches Kafka through the proxies; all but the last worker are static members."""
        common = {
            "transport": "kafka",
            "kafka_brokers": cluster.direct,
            "replication": str(cluster.copies),
            "partitions": str(PARTITIONS),
            "redis_url": redis.url,
            "log_format": "text",
            "log_level": "WARNING",
        }
        fleet = Fleet(self.folder, self.clock, common, self.chance)
        for kind, number in (("worker", self.workers), ("intake", self.intakes)):
            for i in range(number):
                own = {"kafka_brokers": cluster.proxied} if i % 2 == 1 or number == 1 else {}
                fleet.add(f"{kind}-{i}", kind, **own, **({"instance": f"{kind}-{i}"} if i < number - 1 else {}))
        if self.projector:
            fleet.add("projector-0", "projector")
        return fleet

    async def phase(self, name: str, faults: Sequence[Fault], feed: Feed, *, keep: int = 0, at_least: int = 1) -> None:
        """Send steps until all the faults are over, and one more; then ask the checker. Raises LostRunError.

        The last `keep` full steps are left for other phases: when the others are used up before the faults are over,
        repeats are sent.
        """
        began = time.monotonic()
        since = await self.arena.witness.ends(*WATCHED)
        played = await self._under(faults, feed, keep, at_least)
        until = await self.arena.witness.ends(*WATCHED)
        for step in feed.to_judge(keep):
            await self.play(step)
        found, evidence = await self.judge()
        work = done(evidence.read, since, until)
        found += work.lacking()
        took = time.monotonic() - began
        say(f"{name}: {len(faults)} faults, {played} steps up to {format_moment(self._now)}, {took:.0f} s, {work}")
        say(f"{name}: {'; '.join(found[:10]) or 'nothing lost'}")
        if found:
            raise LostRunError(f"{name} (seed {self.seed}): {len(found)} findings\n" + "\n".join(found[:50]))

    async def _under(self, faults: Sequence[Fault], feed: Feed, keep: int, at_least: int) -> int:
        """Play steps while the faults happen, and return how many. The last fault waits for a full step."""
        share, left, turns, self._over = feed.full - keep, len(feed), 0, 0
        fed = asyncio.Event()
        troubling = asyncio.create_task(self._trouble(faults, fed))
        try:
            while turns < at_least or not troubling.done():
                step = feed.take(keep + share - spread(share, len(faults), self._over))
                if step is None or step.is_full:
                    fed.set()
                await self.play(step, self.pace if faults else QUICK)
                turns += 1
            await troubling
        finally:
            troubling.cancel()
        return left - len(feed)

    async def _trouble(self, faults: Sequence[Fault], fed: asyncio.Event) -> None:
        for number, fault in enumerate(faults, start=1):
            if number == len(faults):
                await fed.wait()
            await asyncio.sleep(self.chance.uniform(*self.pause))
            await fault(self.arena)
            self._over = number
            if number % 20 == 0:
                say(f"{number} faults")

    async def play(self, step: Step | None, pace: float = QUICK) -> None:
        """Put the clock, send what the step has within `pace` seconds, and wait until all of it is settled.

        Without a step: repeats only.
        """
        if step is None:
            await self._send(self._repeats(20))
            await asyncio.sleep(_SLICE)
            return
        self._now = step.now
        steer(self.clock, step.now)
        await asyncio.to_thread(self.reference.take, step)
        records = [_event(each) for each in step.events]
        commands = [_command(each) for each in step.commands]
        slices = max(1, int(min(pace, len(records) / 10) / _SLICE))
        for i in range(slices):
            began = time.monotonic()
            await self._send(_part(records, i, slices))
            await self._send(_part(commands, i, slices))
            await asyncio.sleep(max(0, began + _SLICE - time.monotonic()))
        self.sent += [_event(each) for each in step.events if not each["id"].endswith("-broken")]
        await self.settle(noise=True)

    async def settle(self, *, noise: bool = False) -> None:
        """Wait until everything sent is settled and everything due is in the ledger. Repeats may go on meanwhile."""
        witness, until = self.arena.witness, time.monotonic() + PATIENCE
        inbox = await witness.ends(INBOX)
        await self._until(lambda: _reached(witness.committed(INTAKE_GROUP, INBOX), inbox), until, noise, "intake")
        ends = await witness.ends(FACTS, ACTIONS)
        await self._until(lambda: self._is_applied(ends), until, noise, "the watch")
        ends |= await witness.ends(TICKS)
        await self._until(lambda: self._is_applied(ends), until, noise, "the ticks")

    async def _until(self, condition, until: float, noise: bool, who: str) -> None:  # noqa: FBT001 - handed through
        while not condition():
            if time.monotonic() > until:
                raise LostRunError(f"seed {self.seed}: {who} did not come to rest in {PATIENCE} s: {self._state()}")
            if noise:
                await self._send(self._repeats(5))
            await asyncio.sleep(_SLICE)

    def _is_applied(self, ends: dict[tuple[str, int], int]) -> bool:
        told = self.arena.witness.progress
        now = format_moment(self._now)
        if len(told) < PARTITIONS or any(each["caught_up_at"] != now for each in told.values()):
            return False
        applied = {(topic, number): upto for number, each in told.items() for topic, upto in each["applied"].items()}
        return _reached(applied, ends)

    def _state(self) -> str:
        told = self.arena.witness.progress
        return f"clock {format_moment(self._now)}, progress {told}, ended {dict(self.arena.fleet.codes())}"

    async def judge(self) -> tuple[list[str], Evidence]:
        """Come to rest, read the whole log, and return what is wrong, and what was read."""
        await self.settle()
        evidence = await collect(self.options, self.arena.witness)
        expected = await asyncio.to_thread(self.reference.expected, self._now)
        found = await asyncio.to_thread(checker.findings, evidence, expected, self.engine)
        if self.projector:
            found += await self._read_model(evidence, self.arena.redis)
        return found, evidence

    async def _read_model(self, evidence: Evidence, redis: RedisServer) -> list[str]:
        wanted = {clock["clock_id"]: clock for each in evidence.clocks.values() for clock in each["clocks"]}
        found: dict[str, object] = {}
        for _ in range(240):
            with Redis.from_url(redis.url) as client:
                stored = client.hgetall("fristvagt:clocks")
            found = {key.decode(): msgspec.json.decode(value) for key, value in stored.items()}
            if found == wanted:
                return []
            await asyncio.sleep(_SLICE)
        return [f"the read model has {len(found)} clocks, not the {len(wanted)} of the log, or others"]

    def _repeats(self, number: int) -> list[Outgoing]:
        return [self.chance.choice(self.sent) for _ in range(number)] if self.sent else []

    async def _send(self, records: Sequence[Outgoing]) -> None:
        """Send in order, until it is acknowledged: what was sent before may be sent again."""
        while records:
            try:
                if self._sender is None:
                    self._sender = Sender(self.options)
                    await self._sender.start()
                await self._sender.send_many(records)
            except TransportError:
                await self._disconnect()
                await asyncio.sleep(0.5)
            else:
                return

    async def _disconnect(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            await sender.stop()


def _part(records: Sequence[Outgoing], i: int, of: int) -> Sequence[Outgoing]:
    return records[len(records) * i // of : len(records) * (i + 1) // of]


def _reached(found: dict[tuple[str, int], int], wanted: dict[tuple[str, int], int]) -> bool:
    return all(found.get(place, 0) >= end for place, end in wanted.items())


def _event(event: Event) -> Outgoing:
    """As a hospital sends it that keeps a patient's events in order."""
    return Outgoing(INBOX, None, msgspec.json.encode(event), partition_of(event["partitionkey"].encode(), PARTITIONS))


def _command(command: Event) -> Outgoing:
    key = command["patient"].encode()
    return Outgoing(ACTIONS, key, msgspec.json.encode(command), partition_of(key, PARTITIONS))


def say(text: str) -> None:
    """Tell where a long run is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
