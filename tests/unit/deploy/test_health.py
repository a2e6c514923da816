import json
from typing import Any

import pytest

from deploy.health import HealthServer


class FakeProbe:
    def __init__(self, dead: list[str] | None = None, not_ready: list[str] | None = None) -> None:
        self._dead, self._not_ready = dead or [], not_ready or []

    def dead(self) -> list[str]:
        return self._dead

    def not_ready(self) -> list[str]:
        return self._not_ready

    def metrics(self) -> bytes:
        return b"fristvagt_up 1\n"


async def ask(probe: FakeProbe, path: str, method: str = "GET") -> tuple[int, bytes, dict[bytes, bytes]]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    await HealthServer(probe)({"type": "http", "method": method, "path": path}, receive, send)
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


async def test_a_living_process_is_healthy() -> None:
    status, body, _ = await ask(FakeProbe(), "/healthz")
    assert (status, json.loads(body)) == (200, {"ok": True, "reasons": []})


async def test_a_dead_process_says_why() -> None:
    status, body, _ = await ask(FakeProbe(dead=["the app crashed"]), "/healthz")
    assert (status, json.loads(body)["reasons"]) == (503, ["the app crashed"])


async def test_a_process_that_catches_up_lives_but_is_not_ready() -> None:
    probe = FakeProbe(not_ready=["partition 3 is behind"])
    assert [(await ask(probe, path))[0] for path in ("/healthz", "/readyz")] == [200, 503]


async def test_metrics_are_prometheus_text() -> None:
    status, body, headers = await ask(FakeProbe(), "/metrics")
    assert (status, body) == (200, b"fristvagt_up 1\n")
    assert headers[b"content-type"].startswith(b"text/plain")


@pytest.mark.parametrize(("path", "method", "expected"), [("/", "GET", 404), ("/healthz", "POST", 405)])
async def test_there_is_nothing_else(path: str, method: str, expected: int) -> None:
    assert (await ask(FakeProbe(), path, method))[0] == expected


async def test_head_answers_without_a_body() -> None:
    status, body, _ = await ask(FakeProbe(), "/readyz", "HEAD")
    assert (status, body) == (200, b"")
