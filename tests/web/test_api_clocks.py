"""GET /v1/clocks and /v1/clocks/{id}: filters, pages, days that depend on today, and the story behind a clock."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.projection.keys import Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Projector
from stream.clock import FixedClock
from stream.worker.names import PROGRESS
from tests.web.department import AARHUS, AS_OF, HERLEV, NOW, NOWHERE
from tests.web.samples import MemoryLog, progress

pytestmark = pytest.mark.redis


async def ids(site: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await site.get("/v1/clocks", params=query)
    assert answer.status_code == 200, answer.text
    return [clock["clock_id"] for clock in answer.json()["clocks"]]


async def test_all_clocks_come_in_order_of_deadline(site: httpx.AsyncClient) -> None:
    assert await ids(site) == ["workup", "late", "done", "treat", "inform", "heart"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"unit": HERLEV}, ["workup"]),
        ({"unit": [HERLEV, NOWHERE]}, ["workup", "late"]),
        ({"region": "Region Midtjylland"}, ["done", "treat", "inform", "heart"]),
        ({"region": "none"}, ["late"]),
        ({"right": "heart.post_mi"}, ["heart"]),
        ({"package": "B01"}, ["late", "done", "treat", "inform"]),
        ({"package": "none"}, ["workup", "heart"]),
        ({"tier": ["passed", "refer"]}, ["workup", "late"]),
        ({"tier": "none"}, ["done", "inform"]),
        ({"tier": "none", "state": "running"}, ["inform"]),
        ({"state": "overdue"}, ["workup"]),
        ({"state": "closed"}, ["done"]),
        ({"due_before": "2026-02-09"}, ["workup", "late"]),
        ({"unit": AARHUS, "tier": "act", "due_before": "2026-02-10"}, ["treat"]),
        ({"unit": "no such"}, []),
    ],
)
async def test_a_filter_keeps_what_fits(site: httpx.AsyncClient, query: dict[str, Any], expected: list[str]) -> None:
    assert await ids(site, **query) == expected


@pytest.mark.parametrize(
    "query",
    [{"tier": "refers"}, {"state": "open"}, {"right": "cancer.treatmnt"}, {"due_befor": "2026-02-09"}, {"limit": 0}],
)
async def test_a_misspelt_question_is_refused_and_not_answered_with_nothing(
    site: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    answer = await site.get("/v1/clocks", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("query", [{"tier": "refers"}, {"status": "opened"}, {"right": "heart"}, {"stat": "open"}])
async def test_a_misspelt_question_about_alerts_is_refused_too(site: httpx.AsyncClient, query: dict[str, Any]) -> None:
    assert (await site.get("/v1/alerts", params=query)).status_code == 422


async def test_pages_together_give_everything_once(site: httpx.AsyncClient) -> None:
    seen, cursor = [], None
    while True:
        answer = (await site.get("/v1/clocks", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [clock["clock_id"] for clock in answer["clocks"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == ["workup", "late", "done", "treat", "inform", "heart"]


async def test_a_cursor_of_somebody_elses_is_refused(site: httpx.AsyncClient) -> None:
    answer = await site.get("/v1/clocks", params={"cursor": "xyz"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:fristvagt:problem:cursor")


async def test_days_are_counted_from_the_day_of_reading(site: httpx.AsyncClient) -> None:
    clock = (await site.get("/v1/clocks/treat")).json()["clock"]
    assert (clock["days_left"], clock["staffed_days_left"], clock["days_over"]) == (7, 5, 0)


async def test_the_next_day_is_another_day(open_site: Any) -> None:
    async with open_site(clock=FixedClock(NOW + timedelta(days=1))) as site:
        clock = (await site.get("/v1/clocks/treat")).json()["clock"]
    assert (clock["days_left"], clock["staffed_days_left"]) == (6, 4)


async def test_hospital_and_region_are_those_of_the_day_of_reading(open_site: Any) -> None:
    async with open_site(clock=FixedClock(NOW.replace(year=2027))) as site:
        assert await ids(site, region="Region Østdanmark") == ["workup"]


async def test_every_answer_says_how_far_it_reaches(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/clocks")).json()
    assert (answer["as_of"], answer["evaluated_at"]) == (AS_OF, "2026-02-02T09:00:05Z")
    assert (answer["source_lag_seconds"], answer["complete"], answer["reasons"]) == (5.0, True, [])


async def test_a_watch_that_is_behind_makes_the_answer_incomplete(open_site: Any) -> None:
    async with open_site(clock=FixedClock(NOW + timedelta(minutes=5))) as site:
        answer = (await site.get("/v1/clocks")).json()
    assert (answer["complete"], [reason["code"] for reason in answer["reasons"]]) == (False, ["behind"])


async def test_a_clock_comes_with_its_explanation(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/clocks/treat")).json()
    days = [(item["on"], item["fact"]) for item in answer["clock"]["explanation"]]
    assert ("2026-01-26", {"source": "urn:test", "id": "e1"}) in days


async def test_a_clock_comes_with_its_events_and_its_ledger(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/clocks/treat")).json()
    assert [event["id"] for event in answer["events"]] == ["e1"]
    assert [(row["kind"], row["from"], row["to"]) for row in answer["ledger"]] == [
        ("raised", None, "plan"),
        ("changed", "plan", "act"),
    ]


async def test_a_clock_that_its_events_do_not_give_says_so(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/clocks/heart")).json()
    assert (answer["explanation_agrees"], answer["clock"]["explanation"]) == (False, [])


async def test_an_unknown_clock_is_not_found(site: httpx.AsyncClient) -> None:
    answer = await site.get("/v1/clocks/nobody")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_clocks_of_a_patient_in_quarantine_are_incomplete_although_the_watch_cannot_write_them(
    site: httpx.AsyncClient, department: Store, log: MemoryLog
) -> None:
    projector = Projector(department, log, ProjectorMetrics.create(CollectorRegistry()))
    word = progress(0, AS_OF, quarantined=1, quarantined_patients=["k1:pt-1"])
    await projector.apply(PROGRESS, 0, log.write(PROGRESS, word, key=b"0"))
    clocks = (await site.get("/v1/clocks")).json()["clocks"]
    one = (await site.get("/v1/clocks/treat")).json()["clock"]
    assert all(clock["incomplete"] for clock in [*clocks, one])


async def test_clocks_of_other_patients_are_not(site: httpx.AsyncClient, department: Store, log: MemoryLog) -> None:
    projector = Projector(department, log, ProjectorMetrics.create(CollectorRegistry()))
    word = progress(0, AS_OF, quarantined=1, quarantined_patients=["k1:pt-2"])
    await projector.apply(PROGRESS, 0, log.write(PROGRESS, word, key=b"0"))
    assert (await site.get("/v1/clocks/treat")).json()["clock"]["incomplete"] is False
