"""Reading from beside: bounded, in order, and also while another process writes."""

import asyncio
import sys

import pytest

from stream.worker.transport import (
    Outgoing,
    Sender,
    TopicError,
    TopicSpec,
    TransportOptions,
    end_offsets,
    ensure_topics,
    read_topic,
)

WRITER = """
import asyncio, sys
from stream.worker.transport import Outgoing, Sender, TransportOptions
async def main():
    async with Sender(TransportOptions(url=sys.argv[1])) as sender:
        await sender.send_many([Outgoing("t", b"k", b"from outside", 0)])
        print("sent", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
async def topic(options: TransportOptions) -> None:
    await ensure_topics(options, [TopicSpec("t", 2)], create=True)


async def fill(options: TransportOptions, count: int, partition: int = 0) -> None:
    async with Sender(options) as sender:
        await sender.send_many([Outgoing("t", b"k", b"%d" % n, partition) for n in range(count)])


async def test_every_record_is_read_with_its_partition(options: TransportOptions) -> None:
    await fill(options, 2)
    await fill(options, 1, partition=1)
    found = [(partition, record.offset, record.value) async for partition, record in read_topic(options, "t")]
    assert found == [(0, 0, b"0"), (0, 1, b"1"), (1, 0, b"0")]


async def test_a_part_can_be_read(options: TransportOptions) -> None:
    await fill(options, 10)
    await fill(options, 10, partition=1)
    found = [(p, r.offset) async for p, r in read_topic(options, "t", partition=1, start=3, end=6)]
    assert found == [(1, 3), (1, 4), (1, 5)]


async def test_more_records_than_one_read_takes_come_all(options: TransportOptions) -> None:
    await fill(options, 2500)
    assert [r.offset async for _, r in read_topic(options, "t")] == list(range(2500))


async def test_reading_ends_where_the_topic_ended_when_it_began(options: TransportOptions) -> None:
    await fill(options, 3)
    seen = []
    async for _, record in read_topic(options, "t"):
        seen.append(record.offset)
        await fill(options, 1)
    assert seen == [0, 1, 2]


async def test_the_ends_are_known(options: TransportOptions) -> None:
    await fill(options, 3, partition=1)
    assert await end_offsets(options, "t") == {0: 0, 1: 3}


async def test_a_missing_topic_is_named(options: TransportOptions) -> None:
    with pytest.raises(TopicError, match="no topic nowhere"):
        await end_offsets(options, "nowhere")


async def test_a_directory_that_was_never_started_is_named() -> None:
    with pytest.raises(TopicError, match="/nonexistent/log holds no log"):
        await end_offsets(TransportOptions(url="embedded:/nonexistent/log"), "t")


async def test_a_log_can_be_read_while_another_process_writes_it(options: TransportOptions) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, options.url, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"sent\n"
    found = [record.value async for _, record in read_topic(options, "t")]
    other.kill()
    await other.wait()
    assert found == [b"from outside"]
