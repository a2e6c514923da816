"""However records are delivered (in pieces, again, after a loss), the read model is the one that a fill would make."""

from random import Random
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from api.projection.keys import TOPICS, Keys, Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS
from stream.worker.transport.runs import Record
from tests.web.samples import MemoryLog, clock, closed, fact, pathway, progress, transition

pytestmark = pytest.mark.redis

TIERS = ["plan", "act", "refer", "escalate", "passed", None]
DATA = ("clocks", "pathways", "live:clocks", "ended:clocks", "alerts", "alert_of", "live:alerts", "ended:alerts")


def history(random: Random, log: MemoryLog) -> None:
    """Write what a busy watch might: pathways that change, close, vanish and come back, and their alerts."""
    revisions: dict[str, int] = {}
    for number in range(60):
        name = f"pw-{random.randrange(6)}"
        revisions[name] = revisions.get(name, 0) + 1
        made = [one_clock(random, f"{name}-{line}", name) for line in range(random.randrange(3))]
        value = pathway(*made, name=name, revision=revisions[name]) if made or random.random() < 0.5 else None
        log.write(CLOCKS, value, key=name.encode())
        if random.random() < 0.15 and value is not None:
            log.write(CLOCKS, value, key=name.encode())  # the worker crashed and wrote it again
        log.write(ALERTS, one_transition(random, number))
        log.write(FACTS, fact(f"e{random.randrange(20)}"))
    log.write(PROGRESS, progress())


def one_clock(random: Random, name: str, of: str) -> dict[str, Any]:
    day = f"2026-02-{random.randrange(1, 28):02}"
    if random.random() < 0.3:
        return closed(name, pathway=of, deadline=day)
    return clock(name, pathway=of, deadline=day, tier=random.choice(TIERS), unit=random.choice(["u1", "u2", None]))


def one_transition(random: Random, number: int) -> bytes:
    alert = random.randrange(5)
    kind = random.choice(["raised", "changed", "closed", "reopened", "acknowledged", "silent", "withdrawn"])
    to = None if kind in {"closed", "withdrawn", "acknowledged"} else random.choice(TIERS[:-1])
    at = f"2026-02-02T08:{number:02}:00Z"
    return transition(f"t{random.randrange(40)}", alert_id=f"a{alert}", clock_id=f"c{alert}", kind=kind, to=to, at=at)


async def contents(store: Store) -> dict[str, Any]:
    """Everything that is read from the read model, apart from how it came there."""
    found: dict[str, Any] = {}
    for name in DATA:
        key = store.keys.name(name)
        sorted_set = name.startswith(("live", "ended"))
        found[name] = await (store.redis.zrange(key, 0, -1) if sorted_set else store.redis.hgetall(key))
    found["ledger"] = [await store.redis.lrange(store.keys.ledger(f"a{number}"), 0, -1) for number in range(5)]
    found["facts"] = await store.redis.hgetall(store.keys.facts("k1:pt-1"))
    return found


def pieces(random: Random, records: list[Record]) -> list[list[Record]]:
    """Deliver records in runs, now and then one again, or from a while before, as after a crash."""
    runs, at = [], 0
    while at < len(records):
        begin = max(0, at - random.choice([0, 0, 0, 1, 5, 20]))
        at = min(len(records), at + random.randrange(1, 12))
        runs.append(records[begin:at])
    return runs


def projector_of(store: Store, log: MemoryLog) -> Projector:
    return Projector(store, log, ProjectorMetrics.create(CollectorRegistry()))


async def filled(store: Store, log: MemoryLog) -> dict[str, Any]:
    other = Store(store.redis, Keys(f"{store.keys.namespace}-filled"))
    await projector_of(other, log).fill()
    return await contents(other)


@pytest.mark.parametrize("seed", range(8))
async def test_any_delivery_gives_what_a_fill_gives(store: Store, log: MemoryLog, seed: int) -> None:
    random, empty = Random(seed), MemoryLog()
    history(random, log)
    projector = projector_of(store, empty)
    await projector.fill()
    for topic in TOPICS:
        for run in pieces(random, log.records[topic, 0]):
            await projector.apply(topic, 0, run)
    assert await contents(store) == await filled(store, log)


@pytest.mark.parametrize("seed", range(4))
async def test_two_projectors_in_each_others_way_do_no_harm(store: Store, log: MemoryLog, seed: int) -> None:
    random = Random(seed)
    history(random, log)
    both = [projector_of(store, MemoryLog()) for _ in range(2)]
    for each in both:
        await each.fill()
    for topic in TOPICS:
        for run in pieces(random, log.records[topic, 0]):
            await both[random.randrange(2)].apply(topic, 0, run)
    assert await contents(store) == await filled(store, log)


@pytest.mark.parametrize("seed", range(4))
async def test_a_loss_in_the_middle_leaves_no_trace(store: Store, log: MemoryLog, seed: int) -> None:
    random = Random(seed)
    history(random, log)
    projector = projector_of(store, log)
    await projector.fill()
    await store.redis.delete(*[key async for key in store.redis.scan_iter(match=store.keys.name("*"))])
    more = log.write(CLOCKS, pathway(clock("new", pathway="pw-new"), name="pw-new"), key=b"pw-new")
    await projector.apply(CLOCKS, 0, more)
    assert await contents(store) == await filled(store, log)


@pytest.mark.parametrize("seed", range(4))
async def test_every_clock_is_in_the_index_exactly_once(store: Store, log: MemoryLog, seed: int) -> None:
    history(Random(seed), log)
    await projector_of(store, log).fill()
    held = await contents(store)
    entries = [msgspec.json.decode(member) for member in (*held["live:clocks"], *held["ended:clocks"])]
    clocks = [msgspec.json.decode(value) for value in held["clocks"].values()]
    assert sorted(entry[1] for entry in entries) == sorted(each["clock_id"] for each in clocks)
    assert {(entry[1], entry[0], entry[5], entry[6]) for entry in entries} == {
        (each["clock_id"], each["deadline"], each["state"], each["tier"]) for each in clocks
    }
