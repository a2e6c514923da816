"""The small server of a worker, intake or projector: /healthz, /readyz and /metrics. No patient data passes here."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Answer = tuple[int, str, bytes]


class Probe(Protocol):
    """What a process can say of itself."""

    def dead(self) -> list[str]:
        """Return why the process can no longer work and should be ended; empty while it lives."""

    def not_ready(self) -> list[str]:
        """Return why the process is not up to date or not at work; empty when it is ready."""

    def metrics(self) -> bytes:
        """Return all metrics in Prometheus' text format."""


class HealthServer:
    """An ASGI application over a probe. Every other path answers 404, every other method 405."""

    def __init__(self, probe: Probe) -> None:
        self._paths: dict[str, Callable[[], Answer]] = {
            "/healthz": lambda: _verdict(probe.dead()),
            "/readyz": lambda: _verdict(probe.not_ready()),
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, probe.metrics()),
        }

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, kind, body = self._answer(scope["method"], scope["path"])
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, method: str, path: str) -> Answer:
        answer = self._paths.get(path)
        if answer is None:
            return 404, "text/plain", b"use /healthz, /readyz or /metrics\n"
        if method not in {"GET", "HEAD"}:
            return 405, "text/plain", b"only GET\n"
        return answer()


def _verdict(reasons: list[str]) -> Answer:
    body = {"ok": not reasons, "reasons": reasons}
    return 503 if reasons else 200, "application/json", json.dumps(body).encode()
