"""Sending without Faust: acknowledged or an error, never a guess."""

import asyncio

import pytest

from stream.worker.transport import (
    Outgoing,
    Placed,
    RecordTooLargeError,
    Sender,
    SendError,
    TopicSpec,
    TransportOptions,
    ensure_topics,
)
from tests.unit.worker.transport.support import stored


@pytest.fixture(autouse=True)
async def topic(options: TransportOptions) -> None:
    await ensure_topics(options, [TopicSpec("t", 4)], create=True)


async def test_records_are_stored_when_it_says_so(options: TransportOptions) -> None:
    async with Sender(options) as sender:
        places = await sender.send_many([Outgoing("t", b"k", b"a", 2), Outgoing("t", b"k", b"b", 2)])
        assert places == [Placed(2, 0), Placed(2, 1)]
        assert await stored(options, "t") == [b"a", b"b"]


async def test_an_unknown_topic_is_an_error(options: TransportOptions) -> None:
    async with Sender(options) as sender:
        with pytest.raises(SendError, match="nowhere"):
            await sender.send_many([Outgoing("nowhere", b"k", b"v")])


async def test_one_record_too_large_stops_all_of_them(options: TransportOptions) -> None:
    async with Sender(options) as sender:
        with pytest.raises(RecordTooLargeError):
            await sender.send_many([Outgoing("t", b"k", b"small"), Outgoing("t", b"k", b"v" * 1_000_001)])
    assert await stored(options, "t") == []


async def test_senders_share_the_directory_of_one_process(options: TransportOptions) -> None:
    async with Sender(options) as one, Sender(options) as two:
        await asyncio.gather(
            *(sender.send_many([Outgoing("t", b"k", b"v")]) for sender in (one, two) for _ in range(10))
        )
    assert len(await stored(options, "t")) == 20
