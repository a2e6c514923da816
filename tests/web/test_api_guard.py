"""Who may call, what a browser is told, and how errors look."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from api.projection.keys import Keys, Store
from tests.web.department import Post
from tests.web.samples import event

pytestmark = pytest.mark.redis

OpenSite = Callable[..., httpx.AsyncClient]
WRITE = {"content-type": "application/cloudevents+json"}


async def write(site: httpx.AsyncClient, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await site.post("/v1/events", json=event(), headers=WRITE | named)).status_code


async def test_a_name_that_points_here_from_outside_is_refused(site: httpx.AsyncClient) -> None:
    answer = await site.get("/v1/clocks", headers={"host": "evil.example:8000"})
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:fristvagt:problem:host")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
async def test_this_machine_may_call_by_each_of_its_names(site: httpx.AsyncClient, host: str) -> None:
    assert (await site.get("/v1/clocks", headers={"host": host})).status_code == 200


async def test_probes_may_be_asked_under_any_name(site: httpx.AsyncClient) -> None:
    assert (await site.get("/healthz", headers={"host": "api:8000"})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"origin": "http://127.0.0.1:8000"}, 202),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-origin"}, 202),
    ],
)
async def test_only_this_sites_own_pages_may_write(
    site: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert await write(site, **headers) == status


async def test_a_write_of_another_site_reaches_nothing(site: httpx.AsyncClient, post: Post) -> None:
    await write(site, origin="http://evil.example")
    assert post.sent == []


@pytest.mark.parametrize("path", ["/", "/v1/clocks", "/v1/nothing", "/static/fristvagt.css", "/healthz"])
async def test_every_answer_keeps_foreign_scripts_out(site: httpx.AsyncClient, path: str) -> None:
    headers = (await site.get(path)).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_patient_data_stay_in_no_cache(site: httpx.AsyncClient) -> None:
    assert (await site.get("/v1/clocks")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("DELETE", "/v1/clocks", 405), ("GET", "/v1/clocks?limit=0", 422)],
)
async def test_errors_of_the_api_are_problems(site: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await site.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


async def test_the_field_that_is_wrong_is_named_without_its_value(site: httpx.AsyncClient) -> None:
    answer = await site.get("/v1/clocks", params={"due_before": "0101901234"})
    assert answer.json()["fields"][0]["field"] == "query.due_before"
    assert "0101901234" not in answer.text


async def test_an_unexpected_error_tells_nothing_and_is_guarded_too(site: httpx.AsyncClient, post: Post) -> None:
    post.error = RuntimeError("secret detail")
    answer = await site.post("/v1/events", json=event(), headers=WRITE)
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "content-security-policy" in answer.headers


@pytest.fixture
def nowhere(tmp_path: Path) -> Store:
    client = Redis(unix_socket_path=str(tmp_path / "nobody.sock"), retry=Retry(NoBackoff(), 0))
    return Store(client, Keys())


async def test_without_the_read_model_the_api_says_when_to_come_back(open_site: OpenSite, nowhere: Store) -> None:
    async with open_site(store=nowhere) as site:
        answer = await site.get("/v1/clocks")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_without_the_read_model_a_page_says_so_in_danish(open_site: OpenSite, nowhere: Store) -> None:
    async with open_site(store=nowhere) as site:
        answer = await site.get("/")
    assert answer.status_code == 503
    assert "Fristerne kan ikke hentes lige nu" in answer.text
