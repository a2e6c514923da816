"""The texts themselves: both languages, the same places for values, good Danish letters, and no clock without words."""

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings

from stream.law.clock import Clock
from stream.law.evaluate import evaluate
from stream.law.explain_texts import amount, joined, say, texts, weekday, word
from stream.law.fact import Fact
from tests.unit.law.build import CALENDAR, RULEBOOK, date, moment
from tests.unit.law.test_properties import fact_lists
from tests.unit.law.told import explained

ALL = {
    f"{table}.{key}": text
    for table, entries in texts().items()
    if table not in {"weekdays", "months"}
    for key, text in entries.items()
}
AT = "2026-03-20"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(("name", "text"), ALL.items())
def test_every_text_is_in_danish_and_english_and_not_empty(name: str, text: dict[str, str]) -> None:
    assert set(text) == {"da", "en"}
    assert all(text.values())


@pytest.mark.parametrize("name", [name for name in ALL if not name.endswith((".limit.calendar", ".limit.working"))])
def test_both_languages_have_the_same_places(name: str) -> None:
    assert places(ALL[name]["da"]) == places(ALL[name]["en"])


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("items.")])
def test_an_item_is_a_sentence_with_a_full_stop(name: str) -> None:
    assert all(text.endswith(".") for text in ALL[name].values())


def test_the_danish_texts_use_no_letters_in_place_of_their_own() -> None:
    danish = " ".join(text["da"].lower() for text in ALL.values())
    assert not any(wrong in danish for wrong in ("aa", "oe", "ae"))


@pytest.mark.parametrize("right", RULEBOOK.rights.values(), ids=lambda right: right.id)
def test_every_step_that_starts_or_closes_a_right_has_its_words(right: Any) -> None:
    assert all(pattern.step in texts()["done"] and pattern.step in texts()["task"] for pattern in right.closed_by)
    assert all(pattern.step in texts()["from"] for rule in right.limits.values() for pattern in rule.started_by)


def test_a_date_is_written_out_in_both_languages() -> None:
    said = say("words", "reason", {"day": date(2026, 2, 2), "why": "x"})
    assert said == {"da": "mandag den 2. februar 2026 (x)", "en": "Monday 2 February 2026 (x)"}


@pytest.mark.parametrize(("number", "said"), [(0, "0 kalenderdage"), (1, "1 kalenderdag"), (14, "14 kalenderdage")])
def test_one_day_is_singular_and_all_others_plural(number: int, said: str) -> None:
    assert amount(number, "calendar_day")["da"] == said


def test_a_capital_first_letter_is_written_on_request() -> None:
    limit = word("limits", "consent")
    assert say("items", "limit.started", {"limit": limit})["da"].startswith("Fristen fra samtykket")


def test_an_unknown_word_falls_back_to_the_tables_other() -> None:
    assert word("place", "of a later version") == word("place", "other")


def test_three_parts_are_joined_with_a_comma_and_an_and() -> None:
    parts = [{"da": name, "en": name} for name in "abc"]
    assert joined(parts, "and") == {"da": "a, b og c", "en": "a, b and c"}


def test_a_weekday_has_its_name() -> None:
    assert weekday(date(2026, 2, 7)) == {"da": "lørdag", "en": "Saturday"}


def clocks_of(facts: list[Fact]) -> list[Clock]:
    return evaluate(facts, moment(AT), RULEBOOK, CALENDAR)


@given(fact_lists())
@settings(max_examples=150, deadline=None)
def test_any_clock_can_be_explained_and_the_explanation_is_json(facts: list[Fact]) -> None:
    told = [explained(clock, AT) for clock in clocks_of(facts)]
    assert json.loads(json.dumps(told)) == told


@given(fact_lists())
@settings(max_examples=150, deadline=None)
def test_every_explanation_says_where_the_clock_stands_or_how_it_ended(facts: list[Fact]) -> None:
    for clock in clocks_of(facts):
        said = f"outcome.{clock.outcome}" if clock.outcome else f"state.{clock.state}"
        assert [item["rule"] for item in explained(clock, AT)].count(said) == 1


@given(fact_lists())
@settings(max_examples=150, deadline=None)
def test_every_explanation_is_in_the_order_of_its_days(facts: list[Fact]) -> None:
    for clock in clocks_of(facts):
        days = [item["on"] for item in explained(clock, AT)]
        assert days == sorted(days)
