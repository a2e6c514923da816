"""On a real Kafka: a worker that cannot read for long stays in its group, and one that lost it does not live on."""

import asyncio
from dataclasses import replace

import pytest

from stream.worker.transport import Outbox, Run, TransportOptions, delivered, owned
from stream.worker.transport.ownership import ROOM
from stream.worker.transport.running import crash_reason
from tests.unit.worker.transport.support import Copier, feed_all, make_topics, numbers, running, until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

EACH = 100


async def test_a_worker_whose_agent_waits_for_long_goes_on_when_it_can(options: TransportOptions, prefix: str) -> None:
    may = asyncio.Event()

    async def wait(_run: Run, _box: Outbox) -> None:
        await may.wait()

    copier = Copier(options, before_store=wait, prefix=prefix, broker_max_poll_interval=3.0)
    await make_topics(copier)
    await feed_all(options, copier.source, EACH)
    async with running(copier):
        full = options.run * ROOM
        await until(lambda: all(delivered(copier.app, copier.source, number) >= full for number in range(3)))
        await asyncio.sleep(9)
        may.set()
        await copier.saw(3 * EACH)
    assert sorted(copier.values) == sorted(numbers(EACH) * 3)


async def test_a_named_worker_comes_back_under_another_host_name(options: TransportOptions, prefix: str) -> None:
    named = replace(options, instance_id="worker-1")
    for n, host in enumerate(["first", "second"]):
        copier = Copier(named, prefix=prefix, web_host=host)
        if n == 0:
            await make_topics(copier)
        async with running(copier):
            await until(lambda copier=copier: owned(copier.app, copier.source) == {0, 1, 2})
            await feed_all(options, copier.source, 10, 10 * n)
            await copier.saw(30)


async def test_a_worker_whose_client_gave_its_group_up_ends_and_says_so(options: TransportOptions, prefix: str) -> None:
    def broken(*_: object) -> None:
        raise AssertionError

    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    copier.app.assignor.on_assignment = broken
    async with running(copier):
        await until(lambda: bool(copier.app.crashed))
    assert crash_reason(copier.app).startswith("the Kafka client no longer keeps up its membership")


async def test_a_worker_whose_client_no_longer_reads_ends_and_says_so(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    async with running(copier):
        await feed_all(options, copier.source, 10)
        await copier.saw(30)
        thread = copier.app.consumer._thread
        thread.thread_loop.call_soon_threadsafe(thread._consumer._fetcher._fetch_task.cancel)
        await until(lambda: bool(copier.app.crashed))
    assert crash_reason(copier.app).startswith("the Kafka client no longer reads")
