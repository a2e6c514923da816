"""Looking at and making the topics of an embedded log."""

from collections.abc import Sequence
from dataclasses import replace

from stream.worker.transport.embedded import reading, sharing
from stream.worker.transport.options import TopicSpec, TransportOptions


async def describe(options: TransportOptions, names: Sequence[str]) -> dict[str, TopicSpec]:
    """Return those of the named topics that exist."""
    found = await reading.topics(options)
    return {name: replace(found[name].spec, replication=0) for name in names if name in found}


async def create(options: TransportOptions, specs: Sequence[TopicSpec]) -> None:
    """Make topics. Raises StoreLockedError."""
    broker = sharing.acquire(options)
    try:
        for spec in specs:
            await broker.declare(spec)
    finally:
        await sharing.release(broker)
