"""What the API says of a simulated country is what `replay` says of the same events."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import create_app
from api.deps import ApiSettings
from api.projection.as_of import AsOf
from api.projection.keys import Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from stream.clock import FixedClock
from stream.replay import Line, Replay
from stream.simulate import line, simulate
from tests.web.country import Country
from tests.web.department import Post, deps, fill
from tests.web.samples import MemoryLog

pytestmark = [pytest.mark.redis, pytest.mark.slow]

START, NOW = date(2026, 10, 1), datetime(2026, 11, 18, 9, tzinfo=UTC)
PATHWAYS, SEED = 250, 7
SHOWN = ("deadline", "nominal_deadline", "target", "days_left", "staffed_days_left", "days_over", "state", "outcome",
         "tier", "offered_date", "late_offer", "unit", "hospital", "region", "limits", "facts")  # fmt: skip


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    feed = simulate(PATHWAYS, SEED, START, NOW.date())
    return [event for event in feed if datetime.fromisoformat(event["time"]) <= NOW]


@pytest.fixture(scope="module")
def replayed(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    country = Country(MemoryLog())
    replay = Replay(country.engine, NOW)
    from stream.facts.parse import parse_event  # noqa: PLC0415 - only here

    for number, event in enumerate(events, 1):
        replay.take(Line(number, parse_event(line(event).encode())))
    return {clock["clock_id"]: clock for clock in replay.clocks()}


@pytest.fixture
async def site(events: list[dict[str, Any]], store: Store, log: MemoryLog) -> Any:
    Country(log).play(iter(events), NOW)
    metrics = ProjectorMetrics.create(CollectorRegistry())
    await fill(Projector(store, log, metrics), AsOf(store, log, metrics, 1))
    settings = ApiSettings(max_lag=timedelta(days=1))
    app = create_app(deps(store, Post(), clock=FixedClock(NOW), settings=settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


async def everything(site: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        answer = (await site.get(path, params=query | ({"cursor": cursor} if cursor else {}))).json()
        found += answer["clocks"]
        cursor = answer["next"]
        if cursor is None:
            return found


def shown(clock: dict[str, Any]) -> dict[str, Any]:
    return {name: clock[name] for name in SHOWN}


async def test_all_clocks_are_there_and_say_the_same(
    site: httpx.AsyncClient, replayed: dict[str, dict[str, Any]]
) -> None:
    states = ["closed", "running", "paused", "overdue", "unconfirmed", "patient_choice"]
    clocks = await everything(site, "/v1/clocks", state=states, limit=50)
    assert len(clocks) > PATHWAYS
    assert {each["clock_id"]: shown(each) for each in clocks} == {
        name: shown(clock) for name, clock in replayed.items()
    }


async def test_the_explanation_of_a_clock_is_the_same(
    site: httpx.AsyncClient, replayed: dict[str, dict[str, Any]]
) -> None:
    for clock in await everything(site, "/v1/clocks", limit=10):
        answer = (await site.get(f"/v1/clocks/{clock['clock_id']}")).json()
        assert answer["explanation_agrees"]
        assert answer["clock"]["explanation"] == replayed[clock["clock_id"]]["explanation"]


async def test_the_figures_are_the_sum_of_the_open_clocks(
    site: httpx.AsyncClient, replayed: dict[str, dict[str, Any]]
) -> None:
    answer = (await site.get("/v1/risk/summary")).json()
    assert answer["total"] == sum(clock["state"] != "closed" for clock in replayed.values())


async def test_the_worklist_holds_every_clock_that_needs_attention(
    site: httpx.AsyncClient, replayed: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.pages.PAGE", 10_000)
    text = (await site.get("/")).text
    urgent = [name for name, clock in replayed.items() if clock["tier"] is not None]
    assert urgent
    assert all(f'id="frist-{name}"' in text for name in urgent)
    assert text.count('<tr id="frist-') == len(urgent)


async def test_every_page_of_a_clock_can_be_rendered(
    site: httpx.AsyncClient, replayed: dict[str, dict[str, Any]]
) -> None:
    answers = {name: (await site.get(f"/frist/{name}")).status_code for name in replayed}
    assert set(answers.values()) == {200}
