"""/healthz, /readyz, /metrics and /openapi.json."""

from collections.abc import Callable

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from api.projection.keys import Keys, Store
from tests.web.department import Post

pytestmark = pytest.mark.redis

OpenSite = Callable[..., httpx.AsyncClient]


class Ailing:
    """A part that is dead or not ready, as told."""

    def __init__(self, dead: str = "", not_ready: str = "") -> None:
        self._dead, self._not_ready = dead, not_ready

    def dead(self) -> list[str]:
        return [self._dead] if self._dead else []

    def not_ready(self) -> list[str]:
        return [self._not_ready] if self._not_ready else []


async def test_a_process_that_works_is_alive_and_ready(site: httpx.AsyncClient) -> None:
    assert (await site.get("/healthz")).json() == {"ok": True, "reasons": []}
    assert (await site.get("/readyz")).json() == {"ok": True, "reasons": []}


async def test_a_dead_part_makes_the_process_dead(open_site: OpenSite) -> None:
    async with open_site(probes=(Ailing(dead="the app crashed"),)) as site:
        answer = await site.get("/healthz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the app crashed"])


async def test_a_part_that_is_behind_makes_it_not_ready_but_alive(open_site: OpenSite) -> None:
    async with open_site(probes=(Ailing(not_ready="behind"),)) as site:
        assert (await site.get("/readyz")).status_code == 503
        assert (await site.get("/healthz")).status_code == 200


async def test_an_empty_read_model_is_not_ready(open_site: OpenSite, store: Store) -> None:
    async with open_site(store=Store(store.redis, Keys("empty"))) as site:
        answer = await site.get("/readyz")
    assert answer.status_code == 503
    assert "being filled" in answer.json()["reasons"][0]


async def test_the_figures_of_every_registry_are_exposed(open_site: OpenSite) -> None:
    registry = CollectorRegistry()
    Counter("some_part", "of the process", registry=registry).inc()
    async with open_site(registries=(registry,)) as site:
        text = (await site.get("/metrics")).text
    assert "some_part_total 1.0" in text
    assert "fristvagt_http_open_streams 0.0" in text


async def test_requests_are_measured_by_template_never_by_id(site: httpx.AsyncClient) -> None:
    await site.get("/v1/clocks/treat")
    await site.get("/v1/nothing")
    text = (await site.get("/metrics")).text
    assert 'path="/v1/clocks/{clock_id}",status="200"' in text
    assert 'path="other",status="404"' in text


async def test_an_unexpected_error_is_measured(site: httpx.AsyncClient, post: Post) -> None:
    post.error = RuntimeError("boom")
    await site.post("/v1/events", json={}, headers={"content-type": "application/json"})
    assert 'method="POST",path="/v1/events",status="500"' in (await site.get("/metrics")).text


async def test_a_request_that_is_turned_away_is_measured(site: httpx.AsyncClient) -> None:
    await site.get("/v1/clocks", headers={"host": "evil.example"})
    assert 'path="other",status="421"' in (await site.get("/metrics")).text


async def test_the_openapi_document_names_every_path_of_the_contract(site: httpx.AsyncClient) -> None:
    document = (await site.get("/openapi.json")).json()
    wanted = {"/v1/events", "/v1/clocks", "/v1/clocks/{clock_id}", "/v1/alerts", "/v1/risk/summary", "/v1/stream"}
    assert wanted | {"/v1/count", "/healthz", "/readyz", "/metrics"} <= document["paths"].keys()


async def test_the_openapi_document_refers_to_nothing_that_is_missing(site: httpx.AsyncClient) -> None:
    document = (await site.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert {name.rpartition("/")[2] for name in references(document)} <= schemas.keys()


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


async def test_nothing_is_loaded_from_elsewhere_to_read_the_api(site: httpx.AsyncClient, post: Post) -> None:
    assert (await site.get("/docs")).status_code == 404
