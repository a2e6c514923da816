"""GET /v1/risk/summary and /v1/alerts: figures and alerts."""

from typing import Any

import httpx
import pytest

from api.deps import ApiSettings
from tests.web.department import AARHUS, HERLEV

pytestmark = pytest.mark.redis


async def test_open_clocks_are_counted_by_region_right_package_and_tier(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/risk/summary")).json()
    assert {"region": "Region Midtjylland", "right": "heart.post_mi", "package": None, "tier": "plan", "count": 1} in (
        answer["cells"]
    )
    assert answer["total"] == 5


async def test_the_filters_of_the_clocks_apply_to_the_figures(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/risk/summary", params={"unit": HERLEV})).json()
    assert [cell["right"] for cell in answer["cells"]] == ["cancer.workup"]


async def test_small_counts_are_hidden_in_figures_that_leave_the_department(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/risk/summary", params={"outside": "true"})).json()
    assert {cell["count"] for cell in answer["cells"]} == {None}
    assert (answer["hidden_below"], answer["total"]) == (5, None)


async def test_a_setting_hides_small_counts_from_everybody(open_site: Any) -> None:
    async with open_site(settings=ApiSettings(hide_small=True)) as site:
        answer = (await site.get("/v1/risk/summary")).json()
    assert answer["hidden_below"] == 5


async def test_open_alerts_come_with_the_latest_change_first(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/alerts")).json()
    assert sorted(alert["alert_id"] for alert in answer["alerts"]) == ["a1", "a2"]
    assert answer["complete"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"unit": AARHUS}, ["a1"]),
        ({"tier": "passed"}, ["a2"]),
        ({"status": "closed"}, ["a3"]),
        ({"region": "Region Hovedstaden"}, ["a2"]),
        ({"right": "heart.post_mi"}, []),
    ],
)
async def test_alerts_can_be_filtered(site: httpx.AsyncClient, query: dict[str, str], expected: list[str]) -> None:
    answer = (await site.get("/v1/alerts", params=query)).json()
    assert [alert["alert_id"] for alert in answer["alerts"]] == expected


async def test_alerts_come_in_pages(site: httpx.AsyncClient) -> None:
    first = (await site.get("/v1/alerts", params={"limit": 1})).json()
    second = (await site.get("/v1/alerts", params={"limit": 1, "cursor": first["next"]})).json()
    assert {first["alerts"][0]["alert_id"], second["alerts"][0]["alert_id"]} == {"a1", "a2"}
    assert second["next"] is None
