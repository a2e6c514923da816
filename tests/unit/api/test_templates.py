"""Templates are strict, escape what they are given, and write numbers and errors in Danish."""

from datetime import UTC, datetime

import pytest
from fastapi import Request
from jinja2 import UndefinedError

from api.problems import ProblemError
from api.web.frame import ERRORS, FAILED, error_page
from api.web.templating import environment

PAGES = environment()


def write(source: str, **values: object) -> str:
    return PAGES.from_string(source).render(**values)


def test_a_misspelt_name_is_an_error_and_no_empty_place() -> None:
    with pytest.raises(UndefinedError):
        write("{{ dedline }}")


def test_what_is_shown_is_escaped() -> None:
    assert write("{{ text }}", text="<b>&") == "&lt;b&gt;&amp;"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 12345|thousands }}", "12.345"),
        ("{{ '2026-02-02'|short_date }}", "man. 2. feb. 2026"),
        ("{{ '2026-02-02'|long_date|capital }}", "Mandag den 2. februar 2026"),
        ("{{ '2026-02-02T09:00:00Z'|date_and_time }}", "man. 2. feb. 2026 kl. 10.00"),
        ("{{ moment|clock_time }}", "10.00"),
        ("{{ tier('act').name }}", "Handl"),
        ("{{ tier(none).name }}", "Intet varsel"),
        ("{{ days(1) }}, {{ staffed(2) }}", "1 dag, 2 bemandede dage"),
    ],
)
def test_words_and_numbers_are_danish(source: str, text: str) -> None:
    assert write(source, moment=datetime(2026, 2, 2, 9, tzinfo=UTC)) == text


@pytest.mark.parametrize("name", sorted(PAGES.list_templates()))
def test_every_template_can_be_read(name: str) -> None:
    assert PAGES.get_template(name).name == name


@pytest.mark.parametrize("status", [*ERRORS, 500, 418])
def test_an_error_is_a_page_in_danish_that_needs_no_read_model(status: int) -> None:
    page = error_page(Request({"type": "http"}), ProblemError(status, "code", "English title", "English detail"))
    text = bytes(page.body).decode()
    assert page.status_code == status
    assert ERRORS.get(status, FAILED)[0] in text
    assert "English" not in text
