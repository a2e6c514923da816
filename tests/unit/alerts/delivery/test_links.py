"""Links open a page: http(s), no query, whatever the clock's id holds."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.links import Page, PageError
from tests.unit.alerts.delivery.made import PAGE


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://fv.example", "https://fv.example/frist/c1"),
        ("https://fv.example/", "https://fv.example/frist/c1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/frist/c1"),
        ("https://region.example/fristvagt/", "https://region.example/fristvagt/frist/c1"),
    ],
)
def test_a_link_is_the_page_and_the_clock(address: str, link: str) -> None:
    assert Page(address).clock("c1") == link


@pytest.mark.parametrize(
    "address",
    [
        "",
        "fv.example",
        "ftp://fv.example",
        "javascript:alert(1)",
        "https://",
        "https://fv.example?a=1",
        "https://fv.example?",
        "https://fv.example/#top",
        "https://anna@fv.example",
        "https://fv.example:port",
        "https://[fv.example",
        "https://fv.example/a b",
        "https://fv.example\r\nX: y",
        "https:\\\\fv.example",
    ],
)
def test_another_address_is_no_page(address: str) -> None:
    with pytest.raises(PageError, match="give it like https://"):
        Page(address)


@settings(deadline=None)
@given(st.text())
def test_no_clock_id_leads_elsewhere(clock_id: str) -> None:
    parts = urlsplit(PAGE.clock(clock_id))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "fristvagt.region.example", "", "")
    assert parts.path.count("/") == 2
    assert unquote(parts.path.rpartition("/")[2]) == clock_id.encode("utf-8", "replace").decode()
