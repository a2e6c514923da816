"""A network between worker and broker that can fail: cut, held in one direction or both, slow.

What is held is not lost: as with TCP, it arrives when the network is whole again, also from a process that has died
meanwhile.
"""

import asyncio
from contextlib import suppress

_PIECE = 65_536


class Proxy:
    """Passes connections on to a port on loopback."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.0
        self._is_cut = False
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; `port` is known then."""
        self.heal()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """End all connections, and take none."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def hold(self, *, up: bool = True, down: bool = True) -> None:
        """Keep back what goes up to the broker, what comes down, or both; connections stay."""
        if up:
            self._up.clear()
        if down:
            self._down.clear()

    def heal(self) -> None:
        """Let everything through again, what was held first."""
        self._is_cut, self.delay = False, 0.0
        self._up.set()
        self._down.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.CancelledError):
            await self._connect(reader, writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._is_cut:
                writer.transport.abort()
                return
            broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(broker_writer)
            try:
                await asyncio.gather(
                    self._pump(reader, broker_writer, self._up), self._pump(broker_reader, writer, self._down)
                )
            finally:
                self._writers.discard(broker_writer)
                broker_writer.transport.abort()
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        while piece := await reader.read(_PIECE):
            if self.delay:
                await asyncio.sleep(self.delay)
            await gate.wait()
            writer.write(piece)
            await writer.drain()
        await gate.wait()
        with suppress(OSError):
            writer.write_eof()
