"""The pages as the server renders them: complete without JavaScript, in Danish."""

import re
from collections.abc import Callable
from datetime import UTC, timedelta

import httpx
import pytest

from api.deps import ApiSettings
from stream.clock import FixedClock, ScaledClock
from tests.web.department import HERLEV, NOW

pytestmark = pytest.mark.redis

OpenSite = Callable[..., httpx.AsyncClient]
PAGES = [
    "/",
    "/frist/treat",
    "/overblik",
    "/taelle",
    "/taelle?ret=cancer.workup&henvisning=2026-02-02",
    "/frist/nobody",
]


async def page(site: httpx.AsyncClient, path: str) -> str:
    """Return a page's text with runs of spaces as one."""
    return re.sub(r"\s+", " ", (await site.get(path)).text)


def order(text: str) -> list[str]:
    """Return the clocks of the worklist in the order in which they stand."""
    return re.findall(r'<tr id="frist-(\w+)"', text)


async def test_the_worklist_shows_what_needs_attention_the_most_urgent_first(site: httpx.AsyncClient) -> None:
    assert order(await page(site, "/")) == ["workup", "late", "treat", "heart"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("region=Region+Midtjylland", ["treat", "heart"]),
        (f"afdeling={HERLEV}", ["workup"]),
        ("ret=heart.post_mi", ["heart"]),
        ("varsel=refer", ["late"]),
        ("varsel=none", ["inform"]),
        ("varsel=alle", ["workup", "late", "treat", "heart", "inform"]),
        ("tilstand=overdue", ["workup"]),
        ("region=&afdeling=&ret=&varsel=&tilstand=", ["workup", "late", "treat", "heart"]),
    ],
)
async def test_the_worklist_can_be_narrowed_down(site: httpx.AsyncClient, query: str, expected: list[str]) -> None:
    assert order(await page(site, f"/?{query}")) == expected


async def test_a_row_says_all_that_is_needed_to_act(site: httpx.AsyncClient) -> None:
    text = await page(site, "/?varsel=act")
    for words in (
        "Handl",
        "man. 9. feb.",
        "5 bemandede dage tilbage",
        "Behandling for kræft",
        "Blodsygdomme, Sengeafsnit",
        "Aarhus Universitetshospital · Region Midtjylland",
        "Der er ingen dato til patienten endnu.",
        "Find en dato på eget hospital",
    ):
        assert words in text


async def test_a_tier_is_told_by_word_and_icon_not_by_colour_alone(site: httpx.AsyncClient) -> None:
    text = await page(site, "/?varsel=passed")
    assert re.search(r'fv-tier-passed"><svg.*?#error.*?</svg><span>Overskredet</span>', text)


async def test_the_tiles_count_every_tier(site: httpx.AsyncClient) -> None:
    text = await page(site, "/")
    assert re.findall(r'fv-count">(\d+)<', text) == ["1", "0", "1", "1", "1"]


async def test_a_clock_whose_patient_misses_an_event_is_flagged(site: httpx.AsyncClient) -> None:
    assert "Mangler en hændelse" in await page(site, "/?varsel=refer")


async def test_a_long_worklist_goes_on_to_a_next_page(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.pages.PAGE", 3)
    first = await page(site, "/")
    following = re.search(r'href="(/\?side=[^"]+)"', first)
    assert following is not None
    assert order(first) + order(await page(site, following[1])) == ["workup", "late", "treat", "heart"]


async def test_an_empty_worklist_says_so(site: httpx.AsyncClient) -> None:
    assert "Ingen åben frist passer til valget." in await page(site, "/?ret=heart.left_main")


async def test_an_incomplete_list_is_never_shown_as_if_it_were_complete(open_site: OpenSite) -> None:
    async with open_site(clock=FixedClock(NOW + timedelta(minutes=5))) as site:
        text = await page(site, "/?ret=heart.left_main")
    assert "Listen er måske ikke fuldstændig" in text
    assert "Ingen åben frist passer til valget." not in text


async def test_a_page_says_how_fresh_it_is(site: httpx.AsyncClient) -> None:
    assert "Opdateret til kl. 10.00" in await page(site, "/")


async def test_a_demonstration_says_that_patients_are_invented_and_time_is_fast(open_site: OpenSite) -> None:
    origin = FixedClock(NOW).now().astimezone(UTC)
    settings = ApiSettings(simulated=True, max_lag=timedelta(days=10_000))
    async with open_site(clock=ScaledClock(NOW, origin, 1e-9), settings=settings) as site:
        text = await page(site, "/")
    assert "Patienterne er opdigtede. Tiden går 0 gange så hurtigt. Klokken er her" in text


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_says_that_there_is_no_login(site: httpx.AsyncClient, path: str) -> None:
    assert "Uden login" in await page(site, path)


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_holds_script_or_style_of_its_own(site: httpx.AsyncClient, path: str) -> None:
    text = await page(site, path)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=\"|hx-on", text)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_one_heading_a_language_and_a_way_to_skip(site: httpx.AsyncClient, path: str) -> None:
    text = await page(site, path)
    assert text.count("<h1") == 1
    assert all(part in text for part in ('<html lang="da">', 'href="#indhold"', 'id="indhold"', "<title>"))


@pytest.mark.parametrize("path", PAGES)
async def test_every_file_that_a_page_names_is_there(site: httpx.AsyncClient, path: str) -> None:
    files = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', await page(site, path)))
    answers = [(await site.get(file)).status_code for file in sorted(files)]
    assert answers == [200] * len(files)


async def test_a_clock_explains_its_date_day_by_day(site: httpx.AsyncClient) -> None:
    text = await page(site, "/frist/treat")
    assert "Mandag den 9. februar 2026" in text
    assert "Fristen er 14 kalenderdage fra den dag, patienten gav samtykke" in text


async def test_a_clock_shows_its_limits_events_and_the_history_of_its_alert(site: httpx.AsyncClient) -> None:
    text = await page(site, "/frist/treat")
    for words in ("Fra samtykke", "14 kalenderdage", "Samtykke givet", "Varsel rejst", "Varsel ændret"):
        assert words in text


async def test_a_clock_whose_events_are_on_their_way_says_so(site: httpx.AsyncClient) -> None:
    assert "Forklaringen kan ikke vises lige nu." in await page(site, "/frist/heart")


async def test_an_unknown_clock_is_a_page_with_a_way_back(site: httpx.AsyncClient) -> None:
    answer = await site.get("/frist/nobody")
    assert answer.status_code == 404
    assert "Siden findes ikke" in answer.text


async def test_the_overview_counts_by_region_right_and_tier(site: httpx.AsyncClient) -> None:
    text = await page(site, "/overblik")
    assert "5 åbne frister" in text
    assert '<a href="/?region=Region+Midtjylland&amp;ret=heart.post_mi&amp;varsel=plan">1</a>' in text


async def test_figures_for_outside_hide_small_counts(site: httpx.AsyncClient) -> None:
    text = await page(site, "/overblik?udenfor=1")
    assert "Tal under 5 er skjult" in text
    assert ">1</a>" not in text


async def test_the_overview_can_be_narrowed_to_a_package(site: httpx.AsyncClient) -> None:
    assert "3 åbne frister" in await page(site, "/overblik?pakke=B01")


async def test_a_deadline_is_counted_day_by_day(site: httpx.AsyncClient) -> None:
    text = await page(site, "/taelle?ret=cancer.workup&henvisning=2025-12-12")
    assert "Fristen er fredag den 26. december 2025" in text
    assert "Tirsdag den 23. december 2025" in text
    assert text.count("<tr") == 16


async def test_what_cannot_be_counted_is_said_at_its_field(site: httpx.AsyncClient) -> None:
    answer = await site.get("/taelle?ret=cancer.workup&samtykke=2026-02-02")
    assert answer.status_code == 422
    assert 'aria-describedby="fejl-samtykke"' in answer.text


async def test_what_is_typed_is_escaped(site: httpx.AsyncClient) -> None:
    text = await page(site, '/taelle?henvisning="><script>alert(1)</script>')
    assert "<script>alert" not in text


async def test_a_strange_choice_is_escaped(site: httpx.AsyncClient) -> None:
    text = await page(site, "/?region=<script>alert(1)</script>")
    assert "<script>alert" not in text
