"""The faults, each as one thing that happens to a running deployment and is over when it returns."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from tests.faults.cluster import Cluster, Node
from tests.faults.fleet import Fleet, Member
from tests.faults.steered import REQUEST, SESSION
from tests.faults.witness import Witness
from tests.servers.redis import RedisServer

BEYOND = SESSION + 4
"""Seconds after which the group has given a silent member up."""
UNANSWERED = REQUEST + 6
"""Seconds after which whoever asked has given up, too."""


@dataclass
class Arena:
    """Everything that faults can happen to."""

    cluster: Cluster
    fleet: Fleet
    chance: Random
    witness: Witness | None = None
    redis: RedisServer | None = None

    def someone(self, kind: str = "worker") -> Member:
        return self.chance.choice(self.fleet.of_kind(kind) or self.fleet.of_kind("worker"))


Fault = Callable[[Arena], Awaitable[None]]


async def kill(arena: Arena) -> None:
    """Kill -9 of a worker, and now and then of an intake: at work in half of the cases, else wherever it is."""
    victim = arena.someone("worker" if arena.chance.random() < 0.8 else "intake")
    if arena.witness is not None and arena.chance.random() < 0.5:
        await arena.fleet.ready(victim, 30)
        await asyncio.sleep(arena.chance.uniform(0, 1))
    await _signal(arena, victim, signal.SIGKILL)


async def end(arena: Arena) -> None:
    """SIGTERM to anyone."""
    await _signal(arena, arena.chance.choice(list(arena.fleet.members.values())), signal.SIGTERM)


async def kill_all(arena: Arena) -> None:
    """Kill -9 of every process at once."""
    everyone = list(arena.fleet.members.values())
    await asyncio.gather(*(_signal(arena, member, signal.SIGKILL) for member in everyone))


async def sleep(arena: Arena) -> None:
    """SIGSTOP of a worker until its session is over and others have its partitions; then it wakes up."""
    victim = arena.someone()
    await arena.fleet.signal(victim, signal.SIGSTOP)
    await asyncio.sleep(BEYOND)
    await arena.fleet.signal(victim, signal.SIGCONT)


async def broker(arena: Arena) -> None:
    """Kill -9 of a broker, which comes back."""
    await _lose(arena.chance.choice(arena.cluster.nodes), 3)


async def brokers(arena: Arena) -> None:
    """Each broker is away once, for longer than it takes to be missed."""
    for node in arena.cluster.nodes:
        await _lose(node, 15)
        await asyncio.sleep(10)


async def blackout(arena: Arena) -> None:
    """Every broker is killed at once, and none is back before all that was asked of them is given up."""
    nodes = arena.cluster.nodes
    await asyncio.gather(*(asyncio.to_thread(node.kill) for node in nodes))
    await asyncio.sleep(UNANSWERED)
    for node in nodes:
        node.start()
    await asyncio.gather(*(node.answers() for node in nodes))


async def cut(arena: Arena) -> None:
    """The network between some workers and all brokers is cut for a moment."""
    await _unplugged(arena, 4)


async def cut_for_long(arena: Arena) -> None:
    """It is cut until the sessions are over."""
    await _unplugged(arena, BEYOND)


async def cut_for_longer(arena: Arena) -> None:
    """It is cut until those behind it have given up what they asked for."""
    await _unplugged(arena, UNANSWERED)


async def held_up(arena: Arena) -> None:
    """Nothing arrives at the brokers until the sessions are over; then everything does, late."""
    await _held(arena, up=True, down=False)


async def held_down(arena: Arena) -> None:
    """Brokers hear the workers, but no answer arrives until the sessions are over."""
    await _held(arena, up=False, down=True)


async def slow(arena: Arena) -> None:
    """The network takes its time."""
    for proxy in arena.cluster.proxies:
        proxy.delay = 0.1
    await asyncio.sleep(10)
    _heal(arena)


async def redis(arena: Arena) -> None:
    """Redis is gone for a while; the watch must not notice."""
    assert arena.redis is not None
    assert arena.witness is not None
    arena.redis.kill()
    before = {number: sum(each["applied"].values()) for number, each in arena.witness.progress.items()}
    await asyncio.sleep(15)
    after = {number: sum(each["applied"].values()) for number, each in arena.witness.progress.items()}
    arena.redis.start()
    assert after != before, "the watch stood still while Redis was gone"


def update(**settings: str) -> Fault:
    """Make a rolling update: each worker in turn is ended and comes back as another build."""

    async def rolling(arena: Arena) -> None:
        for member in arena.fleet.of_kind("worker"):
            member.settings |= settings
            before = len(member.codes)
            await arena.fleet.signal(member, signal.SIGTERM)
            await arena.fleet.ended(member, before)
            await asyncio.sleep(6)

    return rolling


async def _signal(arena: Arena, victim: Member, number: signal.Signals) -> None:
    before = len(victim.codes)
    await arena.fleet.signal(victim, number)
    await arena.fleet.ended(victim, before)


async def _lose(node: Node, seconds: float) -> None:
    await asyncio.to_thread(node.kill)
    await asyncio.sleep(seconds)
    node.start()
    await node.answers()


async def _unplugged(arena: Arena, seconds: float) -> None:
    for proxy in arena.cluster.proxies:
        proxy.cut()
    await asyncio.sleep(seconds)
    _heal(arena)


async def _held(arena: Arena, *, up: bool, down: bool) -> None:
    for proxy in arena.cluster.proxies:
        proxy.hold(up=up, down=down)
    await asyncio.sleep(BEYOND)
    _heal(arena)


def _heal(arena: Arena) -> None:
    for proxy in arena.cluster.proxies:
        proxy.heal()
