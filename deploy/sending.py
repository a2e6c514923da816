"""The way into the log for what is no Faust app: the API and the demo's feeder."""

import asyncio
from collections.abc import Sequence

from stream.worker.intake import Output
from stream.worker.transport import Outgoing, Sender, TransportOptions


class SenderPart:
    """A sender as a part of this process."""

    name = "sender"

    def __init__(self, options: TransportOptions) -> None:
        self._sender = Sender(options)

    async def start(self) -> None:
        """Connect. Raises SendError when the log cannot be reached."""
        await self._sender.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._sender.stop()

    async def ended(self) -> str:
        """Wait for ever: a sender fails only when it sends, and then its caller is told."""
        await asyncio.Event().wait()
        return ""

    async def store(self, outputs: Sequence[Output]) -> None:
        """Write what intake decided and return when it is stored. Raises TransportError."""
        await self.send([Outgoing(each.topic, each.key, each.value, each.partition) for each in outputs])

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Write records and return when they are stored. Raises TransportError."""
        await self._sender.send_many(records)
