"""Figures of the API: requests by path template, method and status. Labels are bounded: never an id."""

import time
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNKNOWN_PATH = "other"
UNEXPECTED = 500


class HttpMetrics:
    """The API's own figures, in a registry of their own."""

    def __init__(self, open_streams: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "fristvagt_http_request_seconds",
            "Time to the first byte of an answer",
            ["path", "method", "status"],
            registry=self.registry,
        )
        streams = Gauge("fristvagt_http_open_streams", "Event streams being served", registry=self.registry)
        streams.set_function(open_streams)


class Measured:
    """ASGI middleware: times every request to the first byte of its answer."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and note how long its answer took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()

        def note(status: int) -> None:
            labels = (path_of(scope), scope["method"], str(status))
            self._metrics.seconds.labels(*labels).observe(time.monotonic() - begun)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            note(UNEXPECTED)  # the framework answers it further out
            raise


def path_of(scope: Any) -> str:
    """Return the template of the path that answered, so that ids do not become labels."""
    return getattr(scope.get("route"), "path", UNKNOWN_PATH)
