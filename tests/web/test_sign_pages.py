"""Signs on the pages: at the clock, on the worklist, and by unit, as far as they are asked for."""

import re

import httpx
import pytest

from api.deps import ApiSettings
from api.projection.keys import Store
from tests.web.department import HERLEV
from tests.web.standing import LATE, stand

pytestmark = pytest.mark.redis


@pytest.fixture(autouse=True)
async def _signs(department: Store) -> None:
    await stand(department, LATE)


async def page(site: httpx.AsyncClient, address: str) -> str:
    answer = await site.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


async def test_a_clock_says_what_is_going_wrong_who_should_look_and_what_to_do(site: httpx.AsyncClient) -> None:
    text = await page(site, "/frist/treat")
    assert "Patienten gav samtykke tirsdag den 20. januar 2026, men har ikke fået tilbudt en dato." in text
    assert "Book en dato, eller registrer den, der er tilbudt. Afdelingen" in text


async def test_a_clock_without_a_sign_says_nothing_of_signs(site: httpx.AsyncClient) -> None:
    answer = await site.get("/frist/heart")
    assert 'id="tegn"' not in answer.text


async def test_the_worklist_names_the_signs_in_the_row(site: httpx.AsyncClient) -> None:
    answer = await site.get("/")
    row = answer.text.partition('id="frist-treat"')[2].partition("</tr>")[0]
    assert re.findall(r'class="fv-sign">.*?</svg>(.*?)</span>', row, re.DOTALL) == [
        "Ingen hændelser",
        "Samtykke uden dato",
    ]


async def test_signs_are_counted_by_unit_and_lead_to_their_clocks(site: httpx.AsyncClient) -> None:
    answer = await site.get("/tegn")
    assert f'href="/tegn?afdeling={HERLEV}&amp;tegn=no_event">1</a>' in answer.text
    assert re.findall(r'href="/frist/([^"]+)"', answer.text) == ["treat", "treat", "workup", "late"]


async def test_a_sign_of_a_unit_shows_its_counts(site: httpx.AsyncClient) -> None:
    assert "gik 12 af 100 lukkede frister over efter patientens ønske" in await page(site, "/tegn")


@pytest.mark.parametrize(
    ("query", "clocks"),
    [
        ("tegn=consent_without_date", ["treat"]),
        (f"afdeling={HERLEV}", ["workup"]),
        ("region=none", ["late"]),
        ("tegn=bad_luck", ["treat", "treat", "workup", "late"]),
    ],
)
async def test_the_page_shows_what_is_asked_for(site: httpx.AsyncClient, query: str, clocks: list[str]) -> None:
    answer = await site.get(f"/tegn?{query}")
    assert re.findall(r'href="/frist/([^"]+)"', answer.text) == clocks


async def test_small_counts_are_hidden_where_they_are_to_be(open_site: object) -> None:
    async with open_site(settings=ApiSettings(hide_small=True)) as site:
        text = await page(site, "/tegn")
    assert "var det færre end 5 af 400" in text
    assert "\N{EN DASH}" in text


async def test_before_the_first_round_the_page_says_so(site: httpx.AsyncClient, department: Store) -> None:
    await department.redis.delete(department.keys.signs_round, department.keys.signs, department.keys.unit_signs)
    assert "Der er ikke set efter endnu." in await page(site, "/tegn")
