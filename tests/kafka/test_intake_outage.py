"""On a real Kafka: no alarm while an event that calls it off waits in the inbox, and the pulse waits for no broker."""

import asyncio
import signal
import time
from collections.abc import Iterator

import pytest

from stream.worker.transport import TopicError, TopicSpec, ensure_topics
from stream.worker.transport.groups import GroupWatch, group_of
from tests.embedded.stack import ManualClock, Stack
from tests.embedded.test_alarms import MONDAY, PASSED, tiers
from tests.embedded.test_intake_outage import overtaken
from tests.servers.kafka import Kafka
from tests.unit.engine.events import ENGINE
from tests.unit.worker.transport.support import feed

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PAUSE = 1.5
"""Seconds of real time: some rounds of questions to the broker."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Kafka(tmp_path_factory.mktemp("kafka")) as made:
        yield made


@pytest.fixture
def kafka(broker: Kafka) -> str:
    return broker.bootstrap


async def test_what_waits_in_the_inbox_calls_the_alarm_off_before_it_is_raised(tmp_path, options) -> None:
    clock = ManualClock(MONDAY)
    async with Stack(tmp_path, clock, ENGINE, intake=True, transport=options) as running:
        await overtaken(running, clock)
        await asyncio.sleep(PAUSE)
        held = await running.ticks()
        await running.start_intake()
        await running.settle()
        assert (held, await tiers(running)) == ([], [])
        clock.moment = PASSED.replace(month=3)
        await running.settle()
        assert {tick["unverified"] for tick in await running.ticks()} <= {False}


async def test_a_topic_that_is_not_there_is_said_to_be_missing(options) -> None:
    group = group_of(options, "g", "missing")
    with pytest.raises(TopicError, match="no topic missing"):
        await group.ask()
    await group.close()


async def test_how_far_a_group_is_is_known_again_when_the_broker_is_back(broker, options) -> None:
    await ensure_topics(options, [TopicSpec("t", 2)], create=True)
    await feed(options, [b"1", b"2"], name="t")
    watch = GroupWatch(group_of(options, "g", "t"), 0.1, answer=3.0)
    await watch.look()
    broker.kill(signal.SIGKILL)
    before = time.monotonic()
    await watch.look()
    took, kept = time.monotonic() - before, watch.latest
    broker.start()
    async with asyncio.timeout(120):
        while watch.latest is kept:
            await watch.look()
    await watch.close()
    assert took < 10  # it does not hang: the limit is three seconds
    assert watch.latest is not None
    assert (watch.latest.ends, watch.latest.committed, watch.latest.waiting) == ({0: 2, 1: 0}, {}, 2)
