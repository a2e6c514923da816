"""Figures of the API: every answer once, by template, method and status."""

from typing import Any

import pytest

from api.metrics import HttpMetrics, Measured, path_of


class Route:
    path = "/v1/clocks/{clock_id}"


def count(metrics: HttpMetrics, path: str, status: str) -> float | None:
    labels = {"path": path, "method": "GET", "status": status}
    return metrics.registry.get_sample_value("fristvagt_http_request_seconds_count", labels)


async def ask(metrics: HttpMetrics, *, status: int | None, scope: dict[str, Any] | None = None) -> list[Any]:
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        if status is None:
            raise RuntimeError("boom")
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await Measured(app, metrics)({"type": "http", "method": "GET"} | (scope or {}), None, send)  # type: ignore[arg-type]
    return sent


@pytest.fixture
def metrics() -> HttpMetrics:
    return HttpMetrics(lambda: 3)


async def test_an_answer_is_counted_and_passed_on(metrics: HttpMetrics) -> None:
    sent = await ask(metrics, status=200, scope={"route": Route()})
    assert sent == ["http.response.start", "http.response.body"]
    assert count(metrics, "/v1/clocks/{clock_id}", "200") == 1


async def test_an_error_that_goes_further_out_is_counted_as_such(metrics: HttpMetrics) -> None:
    with pytest.raises(RuntimeError):
        await ask(metrics, status=None)
    assert count(metrics, "other", "500") == 1


async def test_what_is_no_request_is_not_measured(metrics: HttpMetrics) -> None:
    await ask(metrics, status=200, scope={"type": "lifespan"})
    assert count(metrics, "other", "200") is None


def test_a_path_without_a_route_gives_no_label_of_its_own() -> None:
    assert path_of({"path": "/v1/clocks/secret"}) == "other"


def test_open_streams_are_asked_for_when_they_are_read(metrics: HttpMetrics) -> None:
    assert metrics.registry.get_sample_value("fristvagt_http_open_streams") == 3
