"""Signs over HTTP: filtered, page by page, in words, and silent once their clock is closed."""

import httpx
import pytest

from api.deps import ApiSettings
from api.projection.keys import Store
from tests.web.department import HERLEV
from tests.web.standing import stand

pytestmark = pytest.mark.redis

ASKED = "/v1/signs"


@pytest.fixture(autouse=True)
async def _signs(department: Store) -> None:
    await stand(department)


async def found(site: httpx.AsyncClient, **query: object) -> list[tuple[str, str | None]]:
    answer = await site.get(ASKED, params=query)
    return [(each["sign"], each["clock_id"]) for each in answer.json()["signs"]]


async def test_signs_come_the_oldest_first_and_without_those_of_closed_clocks(site: httpx.AsyncClient) -> None:
    assert await found(site) == [
        ("patient_wish_rising", None),
        ("no_event", "treat"),
        ("consent_without_date", "treat"),
        ("no_event", "workup"),
    ]


async def test_an_answer_says_how_fresh_it_is_and_which_moment_was_looked_at(site: httpx.AsyncClient) -> None:
    answer = (await site.get(ASKED)).json()
    assert (answer["looked_at"], answer["complete"]) == ("2026-02-02T09:00:00Z", True)


async def test_a_sign_says_why_who_and_what_to_do_in_both_languages(site: httpx.AsyncClient) -> None:
    (there,) = (await site.get(ASKED, params={"sign": "consent_without_date"})).json()["signs"]
    assert there["text"]["da"].startswith("Patienten gav samtykke tirsdag den 20. januar 2026")
    assert there["text"]["en"].startswith("The patient consented on Tuesday 20 January 2026")
    assert (there["owner"], there["owner_name"]["en"]) == ("department", "the department")
    assert there["what_to_do"]["da"] == "Book en dato, eller registrer den, der er tilbudt."


@pytest.mark.parametrize(
    ("query", "clocks"),
    [
        ({"sign": "no_event"}, ["treat", "workup"]),
        ({"sign": ["consent_without_date", "patient_wish_rising"]}, [None, "treat"]),
        ({"unit": HERLEV}, [None, "workup"]),
        ({"right": "cancer.workup"}, ["workup"]),
        ({"region": "Region Nordjylland"}, []),
    ],
)
async def test_signs_can_be_filtered(site: httpx.AsyncClient, query: dict[str, str], clocks: list[str]) -> None:
    assert [clock_id for _, clock_id in await found(site, **query)] == clocks


@pytest.mark.parametrize("query", [{"sign": "bad_luck"}, {"signs": "no_event"}, {"right": "cancer.luck"}])
async def test_a_misspelt_filter_is_refused(site: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await site.get(ASKED, params=query)).status_code == 422


async def test_pages_give_each_sign_once(site: httpx.AsyncClient) -> None:
    pages, cursor = [], None
    while not pages or cursor is not None:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        answer = (await site.get(ASKED, params=query)).json()
        pages += [(each["sign"], each["clock_id"]) for each in answer["signs"]]
        cursor = answer["next"]
    assert pages == await found(site)


async def test_a_clock_shows_its_signs(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/clocks/treat")).json()
    assert [each["sign"] for each in answer["signs"]] == ["consent_without_date", "no_event"]


async def test_another_clock_of_the_pathway_shows_only_what_concerns_the_whole(site: httpx.AsyncClient) -> None:
    answer = (await site.get("/v1/clocks/inform")).json()
    assert [each["sign"] for each in answer["signs"]] == ["no_event"]


async def test_a_closed_clock_is_silent(site: httpx.AsyncClient) -> None:
    assert (await site.get("/v1/clocks/done")).json()["signs"] == []


async def test_small_counts_are_hidden_where_they_are_to_be(open_site: object) -> None:
    async with open_site(settings=ApiSettings(hide_small=True)) as site:
        (there,) = (await site.get(ASKED, params={"sign": "patient_wish_rising"})).json()["signs"]
    assert (there["detail"]["past_wished"], "fewer than 5 of 400" in there["text"]["en"]) == (None, True)


async def test_before_the_first_round_nothing_was_looked_at(site: httpx.AsyncClient, department: Store) -> None:
    await department.redis.delete(department.keys.signs_round, department.keys.signs, department.keys.unit_signs)
    answer = (await site.get(ASKED)).json()
    assert (answer["looked_at"], answer["signs"]) == (None, [])
