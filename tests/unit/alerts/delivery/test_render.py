"""The texts of a mail: complete in every case, the same in text and HTML, and silent about the patient."""

import re
from dataclasses import fields, replace
from html import unescape
from itertools import product
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.message import Item, Message, What
from alerts.delivery.render import WIDTH, render
from alerts.delivery.words import words
from alerts.recipients import Language, Recipient
from alerts.tiers import TIERS, Reason
from tests.unit.alerts.delivery.made import AT, PAGE, RECIPIENT, item, message

HREF = re.compile(r'href="([^"]*)"')
URL = re.compile(r"https?://\S+")
WORDS = st.text(max_size=40)
ANY_ITEM = st.builds(
    Item,
    what=st.sampled_from(get_args(What)),
    alert_id=st.text(max_size=20),
    clock_id=st.text(max_size=20),
    tier=st.sampled_from([*TIERS, None]),
    reason=st.one_of(st.sampled_from(get_args(Reason)), WORDS),
    right=st.one_of(st.sampled_from(["cancer.workup", "information.referral"]), WORDS),
    right_name=WORDS,
    unit=st.one_of(st.none(), WORDS),
    unit_name=WORDS,
    at=st.just(AT),
    late=st.booleans(),
    unverified=st.booleans(),
    after_passed=st.booleans(),
)


def visible(html: str) -> str:
    """Return the text of a page's body, single-spaced."""
    body = html.partition("<body")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def links(made: Message) -> tuple[list[str], list[str]]:
    rendered = render(made, PAGE)
    return URL.findall(rendered.text), [unescape(link) for link in HREF.findall(rendered.html)]


@pytest.mark.parametrize(("what", "tier", "language"), [*product(get_args(What), [*TIERS, None], get_args(Language))])
@pytest.mark.parametrize("number", [1, 2])
def test_every_case_is_written_in_full(what: What, tier: str | None, language: Language, number: int) -> None:
    told = item(what=what, tier=tier, late=True, unverified=True)
    made = render(message(*[told, item()][:number], recipient=replace(RECIPIENT, language=language)), PAGE)
    for text in (made.subject, made.text, visible(made.html)):
        assert not re.search(r"[{}]|None|  +·|\bUndefined", text)
    assert all(len(line) <= WIDTH for line in made.text.splitlines())


@pytest.mark.parametrize("language", get_args(Language))
def test_text_and_html_say_the_same_with_the_same_links(language: Language) -> None:
    items = [item(clock_id=f"c{n}", tier=tier, late=n == 1) for n, tier in enumerate([*TIERS, None])]
    made = message(*items, recipient=replace(RECIPIENT, language=language))
    in_text, in_html = links(made)
    assert in_text == in_html
    assert sorted(in_text) == [f"https://fristvagt.region.example/frist/c{n}" for n in range(6)]


@settings(deadline=None)
@given(st.lists(ANY_ITEM, min_size=1, max_size=4))
def test_there_is_one_link_an_item_in_text_and_html_whatever_the_item_says(items: list[Item]) -> None:
    in_html = links(message(*items))[1]
    rendered = render(message(*items), PAGE).text.splitlines()
    assert sorted(in_html) == sorted(PAGE.clock(each.clock_id) for each in items)
    assert set(in_html) <= {line.strip() for line in rendered}


def test_an_alert_says_what_it_is_what_to_do_and_why_the_reader_gets_it() -> None:
    text = render(message(item(late=True)), PAGE).text
    for said in (
        "HANDL · Nyt varsel",
        "Kirurgisk afd.",
        "Behandling for kræft",
        "Gør nu: Find en dato på eget hospital.",
        "Bemærk: Varslet kommer senere, end det skulle.",
        "„kirurgi“",
        "Linket åbner kun siden",
    ):
        assert said in text


def test_what_is_over_asks_for_nothing() -> None:
    made = render(message(item(what="over", tier=None, reason="closed")), PAGE)
    assert "Gør nu" not in made.text + made.html
    assert "Der skal ikke gøres mere." in made.text


NO_MORE = {"da": "Der skal ikke gøres mere", "en": "Nothing more has to be done"}
NOT_NOW = {"da": "Ingen handling nu", "en": "Nothing to do now"}
STILL_OPEN = {"da": "den er stadig åben", "en": "it is still open"}
REPORT = {"da": "Indberet årsagen", "en": "Report the cause"}


def told_twice(language: Language, reason: str, number: int, *, after_passed: bool = False) -> tuple[str, str]:
    """What is over, as plain text and as HTML, alone or in a digest."""
    over = item(what="over", tier=None, reason=reason, after_passed=after_passed)
    made = render(message(*[over] * number, recipient=replace(RECIPIENT, language=language)), PAGE)
    return " ".join(made.text.split()), visible(made.html)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("reason", ["paused", "patient_choice", "time_enough"])
def test_a_deadline_that_is_still_open_asks_for_nothing_now_and_is_not_told_as_over(
    reason: str, language: Language, number: int
) -> None:
    for told in told_twice(language, reason, number):
        assert NO_MORE[language] not in told
        assert NOT_NOW[language] in told
        assert STILL_OPEN[language] in told
        assert words(language)["rest"][reason] in told


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("reason", ["closed", "timely_date_stands"])
def test_what_needs_nothing_more_says_so(reason: str, language: Language) -> None:
    for told in told_twice(language, reason, 1):
        assert NO_MORE[language] in told
        assert STILL_OPEN[language] not in told


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("reason", ["closed", "timely_date_stands", "paused", "patient_choice", "time_enough"])
def test_after_a_passed_deadline_the_cause_must_still_be_reported(reason: str, language: Language, number: int) -> None:
    for told in told_twice(language, reason, number, after_passed=True):
        assert NO_MORE[language] not in told
        assert REPORT[language] in told
        assert words(language)["rest"][reason] in told


def test_a_digest_counts_its_tiers() -> None:
    made = render(message(item(), item(), item(tier="passed")), PAGE)
    assert "3 frister: 1 Overskredet, 2 Handl" in made.text
    assert "3 frister 1 Overskredet 2 Handl" in visible(made.html)


ALLOWED = {"right_name", "unit_name", "clock_id"}
HIDDEN = [field.name for field in fields(Item) if field.type in {"str", str} or field.name == "unit"]


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("number", [1, 2])
def test_of_an_items_texts_only_right_unit_and_link_are_shown(name: str, number: int) -> None:
    marked = item(**{name: "MARKED7"})
    made = render(message(*[marked, item()][:number]), PAGE)
    shown = "MARKED7" in made.subject + made.text + made.html
    assert shown == (name in ALLOWED)


def test_the_fields_that_are_tried_are_all_texts_of_an_item() -> None:
    assert set(HIDDEN) == {"alert_id", "clock_id", "reason", "right", "right_name", "unit", "unit_name"}


def test_no_moment_is_shown() -> None:
    made = render(message(item()), PAGE)
    assert not re.search(r"2026|\b0?2\.|feb|07[.:]00|08[.:]00", made.subject + made.text + visible(made.html))


def test_the_html_runs_nothing_and_loads_nothing() -> None:
    html = render(message(item(), item()), PAGE).html
    assert not re.search(r"<(script|img|link|form|iframe|input|table)|url\(|@import|\bon\w+=|src=", html)


@settings(deadline=None)
@given(ANY_ITEM, WORDS)
def test_no_text_becomes_markup_or_breaks_a_line(told: Item, name: str) -> None:
    made = render(message(told, recipient=Recipient(name, "mail", "a@b.example")), PAGE)
    plain = render(message(replace(told, right_name="x", unit_name="x")), PAGE)
    assert len(made.subject.splitlines()) == 1
    assert re.findall(r"</?\w+", made.html) == re.findall(r"</?\w+", plain.html)


def test_markup_is_shown_as_it_is() -> None:
    html = render(message(item(unit_name="<b>A&B</b>")), PAGE).html
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in html
    assert "<b>" not in html


def test_the_test_message_asks_for_nothing_and_has_no_link() -> None:
    assert links(message()) == ([], [])
    assert "du skal ikke gøre noget" in " ".join(render(message(), PAGE).text.split())


def test_the_ledgers_head_is_told_line_by_line() -> None:
    made = render(message(about="head", head="2026-02-01\n3f78\x00<x>"), PAGE)
    assert "\n2026-02-01\n3f78 <x>\n" in made.text
    assert "2026-02-01 3f78 <x>" in visible(made.html)
