"""The way into the log for what is no Faust app: the API and the demo's feeder."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from stream.worker.intake import Output
from stream.worker.transport import Outgoing, RecordTooLargeError, Sender, TransportError, TransportOptions

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 2.0
"""How long to wait before the log is tried again."""

CLOSE_SECONDS: Final = 5.0
"""How long a sender that failed may take to close when the process stops: its broker may never answer."""


class SenderPart:
    """A sender as a part of this process.

    Whoever sends is told of a failure at once. A producer of Kafka does not get over every failure, so one that has
    failed is replaced as soon as the log can be reached again; until then the process is not ready.
    """

    name = "sender"

    def __init__(self, options: TransportOptions, retry_seconds: float = RETRY_SECONDS) -> None:
        self._options = options
        self._retry_seconds = retry_seconds
        self._sender = Sender(options)
        self._mending: asyncio.Task[None] | None = None
        self._given_up = asyncio.Event()
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Connect. Raises SendError when the log cannot be reached."""
        await self._sender.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._mending is not None:
            self._mending.cancel()
        self._close(self._sender)
        _, open_still = await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)
        for task in open_still:
            task.cancel()

    async def ended(self) -> str:
        """Wait until the sender can no longer be mended and return why; while the log is away it is tried again."""
        await self._given_up.wait()
        return "; ".join(self.dead())

    def dead(self) -> list[str]:
        """Return why nothing can be sent any more, as long as this process lives; empty while there is hope."""
        return ["sender: it failed and could not be replaced"] if self._given_up.is_set() else []

    def not_ready(self) -> list[str]:
        """Return why nothing can be sent now."""
        return self.dead() or (["sender: the event log cannot be reached"] if self._mending is not None else [])

    async def store(self, outputs: Sequence[Output]) -> None:
        """Write what intake decided and return when it is stored. Raises TransportError."""
        await self.send([Outgoing(each.topic, each.key, each.value, each.partition) for each in outputs])

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Write records and return when they are stored. Raises TransportError."""
        sender = self._sender
        try:
            await sender.send_many(records)
        except RecordTooLargeError:
            raise
        except TransportError:
            if sender is self._sender and self._mending is None:
                self._mending = asyncio.create_task(self._mend(sender), name="mend the sender")
                self._mending.add_done_callback(self._mended)
            raise

    async def _mend(self, failed: Sender) -> None:
        while True:
            fresh = Sender(self._options)
            try:
                await fresh.start()
            except TransportError as error:
                log.warning("the event log cannot be reached, tried again: %s", type(error).__name__)
                await asyncio.sleep(self._retry_seconds)
            else:
                self._sender = fresh
                self._close(failed)
                return

    def _mended(self, mending: asyncio.Task[None]) -> None:
        self._mending = None
        if not mending.cancelled() and mending.exception() is not None:
            log.error("the sender cannot be replaced: the process must end", exc_info=mending.exception())
            self._given_up.set()

    def _close(self, sender: Sender) -> None:
        """Close in the background: what the old sender still holds may wait long for its broker."""
        task = asyncio.create_task(sender.stop(), name="close a sender")
        self._closing.add(task)
        task.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        self._closing.discard(closing)
        if not closing.cancelled() and closing.exception() is not None:
            log.warning("a sender did not close in good order: %s", type(closing.exception()).__name__)
