"""Kill -9 at any moment: what was acknowledged is there, and the work goes on without loss or repetition."""

import asyncio
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter

import pytest

from stream.worker.transport import Outgoing, Sender, TransportOptions, declared_topics, ensure_topics, read_topic
from tests.unit.worker.transport.counting_worker import make

RECORDS, KEYS, PARTITIONS = 5000, 40, 4

APPENDER = """
import asyncio, sys
from stream.worker.transport import Outgoing, Sender, TransportOptions
async def main():
    async with Sender(TransportOptions(url=sys.argv[1])) as sender:
        for n in range(1_000_000):
            await sender.send_many([Outgoing("out", b"k", b"%d" % n, 0)])
            print(n, flush=True)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
async def topics(options: TransportOptions) -> None:
    assert not await ensure_topics(options, declared_topics(make(options, PARTITIONS)), create=True)


async def work_until_killed(options: TransportOptions, seconds: float) -> None:
    """Let a worker live for so many seconds from its first copy on, or until it has nothing left to copy."""
    before = await copies(options)
    module = "tests.unit.worker.transport.counting_worker"
    worker = await run("-m", module, options.url, "5", str(PARTITIONS))
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"started\n"
    while await copies(options) == before:  # noqa: ASYNC110 - another process copies
        await asyncio.sleep(0.05)
    await asyncio.sleep(seconds)
    worker.kill()
    await worker.wait()


async def run(*words: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE)


async def copies(options: TransportOptions) -> Counter[bytes | None]:
    return Counter([record.value async for _, record in read_topic(options, "out")])


async def test_a_worker_killed_again_and_again_counts_every_record_once(options: TransportOptions) -> None:
    values = [b"%d" % n for n in range(RECORDS)]
    async with Sender(options) as sender:
        await sender.send_many([Outgoing("in", b"k%d" % (n % KEYS), value) for n, value in enumerate(values)])
    chance, kills = random.Random(7), 0
    async with asyncio.timeout(240):
        while len(found := await copies(options)) < RECORDS:
            await work_until_killed(options, chance.uniform(0.05, 0.4))
            kills += 1
    rows = {record.key: record.value async for _, record in read_topic(options, "counting-rows-changelog")}
    assert kills > 1
    assert found == Counter(values)
    assert {int((row or b"").split()[0]) for row in rows.values()} == {RECORDS // KEYS}


async def test_every_acknowledged_record_survives_a_kill(options: TransportOptions) -> None:
    appender = await run("-c", APPENDER, options.url)
    assert appender.stdout is not None
    for _ in range(200):
        await appender.stdout.readline()
    appender.kill()
    rest, _ = await appender.communicate()
    acknowledged = 200 + rest.count(b"\n")
    found = [record.value async for _, record in read_topic(options, "out")]
    assert found[:acknowledged] == [b"%d" % n for n in range(acknowledged)]
