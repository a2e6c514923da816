"""One open log per directory in a process: apps, senders and tools share it, and the last one closes it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.housekeeping import keep_tidy
from stream.worker.transport.options import TransportOptions


@dataclass(slots=True)
class _Shared:
    broker: Broker
    keeper: asyncio.Task[None]
    users: int = 0


_open: dict[Path, _Shared] = {}
_closing: set[asyncio.Task[None]] = set()


def acquire(options: TransportOptions) -> Broker:
    """Return the open log of the directory, or open it. Raises StoreLockedError, StoreFormatError."""
    shared = _open.get(options.directory)
    if shared is None:
        broker = Broker(options)
        shared = _open[options.directory] = _Shared(broker, asyncio.create_task(keep_tidy(broker)))
    shared.users += 1
    return shared.broker


def opened(options: TransportOptions) -> Broker | None:
    """Return the log of the directory if somebody has it open; to look at it now, not to keep."""
    shared = _open.get(options.directory)
    return shared.broker if shared else None


async def release(broker: Broker) -> None:
    """Give up one use; the last one closes the log."""
    shared = _open[broker.options.directory]
    shared.users -= 1
    if shared.users:
        return
    del _open[broker.options.directory]
    # Whoever comes last may be cancelled while it closes, and the directory has to be let go of all the same.
    closing = asyncio.create_task(_close(shared))
    _closing.add(closing)
    closing.add_done_callback(_closing.discard)
    await asyncio.shield(closing)


async def _close(shared: _Shared) -> None:
    shared.keeper.cancel()
    with suppress(asyncio.CancelledError):
        await shared.keeper
    await shared.broker.close()
