"""A row of a former owner that lands upon a newer one, put there by hand. For both transports."""

from typing import Any

from stream.worker.names import ROWS
from stream.worker.partition import partition_of
from stream.worker.quarantine import patient_of
from stream.worker.transport import Outgoing, Record, Sender, TransportOptions, read_topic
from tests.embedded.stack import PARTITIONS


async def written(options: TransportOptions, key: bytes) -> list[Record]:
    """What the log has of a key, in its order."""
    return [record async for _, record in read_topic(options, ROWS) if record.key == key]


async def lands(options: TransportOptions, late: Record) -> None:
    """Let a record come once more, as one does that was sent long ago."""
    key = late.key or b""
    place = partition_of(patient_of(key) or key, PARTITIONS)
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(ROWS, key, late.value, place, late.headers)])


async def settled_with(stack: Any, *events: Any) -> None:
    """Run a process until it has applied facts, and end it."""
    async with stack as running:
        await running.facts(*events)
        await running.settle()
