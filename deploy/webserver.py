"""An ASGI application on a port of its own, as a part of this process: uvicorn without its own signal handling."""

import asyncio
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from deploy.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSE_SECONDS = 2
"""How long open answers (event streams) may go on when the process stops."""


def bind(host: str, port: int, variable: str) -> socket.socket:
    """Take a port before anything else starts. Raises BadInputError naming the setting that chooses the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen()
    except OSError as error:
        taken.close()
        reason = error.strerror or str(error)
        raise BadInputError(
            f"cannot listen on {host}:{port} ({reason}); choose another port with {variable}"
        ) from error
    return taken


class _QuietServer(uvicorn.Server):
    """Leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> "Iterator[None]":
        yield


class WebServer:
    """A part that serves `application` on a socket that is already bound.

    `stopping` is set first when the part stops, so that what never ends by itself (an event stream) can end.
    """

    def __init__(
        self, name: str, application: Any, listener: socket.socket, *, stopping: asyncio.Event | None = None
    ) -> None:
        self.name = name
        self._stopping = stopping or asyncio.Event()
        self._listener = listener
        config = uvicorn.Config(
            application,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
        self._server = _QuietServer(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns when requests are answered. Raises RuntimeError when the application does not come up."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]), name=self.name)
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise RuntimeError(f"{self.name} did not start; the log above says why")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Close: no new requests, open ones have a moment to end."""
        self._stopping.set()
        self._server.should_exit = True
        if self._serving:
            await self._serving
        self._listener.close()

    async def ended(self) -> str:
        """Wait until the server has ended and return why."""
        if self._serving:
            await asyncio.wait([self._serving])
        return "the web server ended"
