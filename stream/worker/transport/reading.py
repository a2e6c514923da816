"""Reading topics without a group and without Faust: for tools, checks and the refolding of history."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from stream.worker.transport.embedded import reading as embedded
from stream.worker.transport.kafka import reading as kafka
from stream.worker.transport.options import TransportOptions
from stream.worker.transport.runs import Record


async def end_offsets(options: TransportOptions, topic: str) -> dict[int, int]:
    """Return the offset that the next record of each partition gets. Raises TopicError, TransportError."""
    if options.kind == "embedded":
        return await embedded.end_offsets(options, topic)
    return await kafka.end_offsets(options, topic)


async def read_topic(
    options: TransportOptions, topic: str, *, partition: int | None = None, start: int = 0, end: int | None = None
) -> AsyncIterator[tuple[int, Record]]:
    """Iterate over partition and record, from offset `start` on and below `end`, in each partition or in the one given.

    Ends where the topic ended when the reading began. An embedded log can be read while another process writes it.
    Raises TopicError, TransportError.
    """
    async for number, records in read_batches(options, topic, partition=partition, start=start, end=end):
        for record in records:
            yield number, record


async def read_batches(
    options: TransportOptions, topic: str, *, partition: int | None = None, start: int = 0, end: int | None = None
) -> AsyncGenerator[tuple[int, Sequence[Record]], None]:
    """Iterate as `read_topic` does, over partition and records as they are fetched: much faster for much."""
    read = embedded.read_batches if options.kind == "embedded" else kafka.read_batches
    async with aclosing(read(options, topic, partition, start, end)) as batches:
        async for found in batches:
            yield found
