"""A real web server in this process that takes webhooks."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tests.servers.certificates import Certificate
from tests.servers.loopback import free_port
from tests.servers.mail import server_tls

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """A web server that keeps what it was sent and answers as it is told."""

    def __init__(self, answer: Answer | None = None, certificate: Certificate | None = None) -> None:
        self.answer = answer
        self.tls = None if certificate is None else server_tls(certificate)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.port = free_port()

    async def take(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.path, headers, await request.read()))
        return web.Response(status=204) if self.answer is None else await self.answer(request)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Receiver"]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=self.tls).start()
        try:
            yield self
        finally:
            await runner.cleanup()
