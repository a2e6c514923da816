"""An offered date that is recorded on a clock's page becomes a fact like those of hospitals."""

import httpx
import msgspec
import pytest

from tests.web.department import Post
from tests.web.test_pages import page
from tests.web.test_pages_acting import do, here

__all__ = ["here"]

pytestmark = pytest.mark.redis


async def test_an_offered_date_becomes_a_fact_of_what_the_clock_is_for(here: httpx.AsyncClient, post: Post) -> None:
    answer = await do(here, "dato", dato="2026-02-09", sted="own", konkret="true", noegle="ab" * 16)
    (raw,) = post.sent
    told = msgspec.json.decode(raw.value)
    assert (answer.status_code, post.commands) == (303, [])
    assert (told["type"], told["subject"], told["id"]) == ("dk.fristvagt.date-offered.v1", "pw-treat", "ab" * 16)
    data = {name: told["data"][name] for name in ("for", "offered_date", "place", "concrete")}
    assert data == {"for": "treatment", "offered_date": "2026-02-09", "place": "own", "concrete": True}
    assert "alert-success" in await page(here, answer.headers["location"])


async def test_a_date_without_a_written_place_is_recorded_as_such(here: httpx.AsyncClient, post: Post) -> None:
    assert (await do(here, "dato", dato="2026-02-09", sted="private")).status_code == 303
    assert msgspec.json.decode(post.sent[0].value)["data"]["concrete"] is False


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"sted": "own"}, '<a href="#dato-dato">Vælg datoen.</a>'),
        ({"dato": "9. februar", "sted": "own"}, "Skriv datoen som år-måned-dag"),
        ({"dato": "2026-02-09"}, '<a href="#dato-sted">Vælg, hvor datoen er.</a>'),
    ],
)
async def test_an_offered_date_that_says_too_little_is_not_recorded(
    here: httpx.AsyncClient, post: Post, fields: dict[str, str], says: str
) -> None:
    answer = await do(here, "dato", **fields)
    assert (answer.status_code, post.sent, says in answer.text) == (422, [], True)
