"""What is a CPR number and what is none."""

import calendar

import pytest

from stream.facts import cpr


@pytest.mark.parametrize("text", ["010190-1234", "0101901234", "311299-4321", "290296-0001", "290200-4001"])
def test_a_date_and_four_digits_are_a_cpr_number(text: str) -> None:
    assert cpr.contains(text)


@pytest.mark.parametrize("text", ["610190-1234", "9112991234", "890296-1111"])
def test_sixty_added_to_the_day_is_a_replacement_number(text: str) -> None:
    assert cpr.contains(text)


@pytest.mark.parametrize(
    "text", ["310290-1234", "3102901234", "000190-1234", "320190-1234", "011390-1234", "010090-1234", "600190-1234"]
)
def test_without_a_real_date_it_is_none(text: str) -> None:
    assert not cpr.contains(text)


@pytest.mark.parametrize("text", ["920190-1234", "910490-1234", "310490-1234", "990190-1234"])
def test_a_day_beyond_its_month_is_no_date(text: str) -> None:
    assert not cpr.contains(text)


@pytest.mark.parametrize("year", range(100))
def test_29_february_is_real_in_the_leap_years_of_any_century(year: int) -> None:
    leap = any(calendar.isleap(century + year) for century in (1800, 1900, 2000))
    assert cpr.contains(f"2902{year:02d}-1234") is leap


@pytest.mark.parametrize(
    "text",
    [
        "x0101901234",
        "0101901234x",
        "01019012345",
        "90101901234",
        "æ010190-1234",
        "010190-1234Ø",
        "010190-12345",
        "5010190-1234",
        "٣0101901234",
        "0101901234²",
        "表0101901234",
    ],
)
def test_part_of_a_longer_run_of_letters_or_digits_is_none(text: str) -> None:
    assert not cpr.contains(text)


@pytest.mark.parametrize(
    "text", ["01019-01234", "010190--1234", "010190 1234", "010190/1234", "0101-901234", "01019 01234"]
)
def test_other_spellings_are_no_such_token(text: str) -> None:
    assert not cpr.contains(text)


@pytest.mark.parametrize(
    "text",
    [
        "ring 0101901234 i morgen",
        "(010190-1234)",
        "cpr:0101901234",
        "cpr=0101901234&x=1",
        "pt-010190-1234",
        "010190-1234-2",
        "a_0101901234_b",
        "urn:patient:0101901234",
        "https://pas.example/p/0101901234?tab=2",
        "https://pas.example/p?cpr=010190%2D1234",
        "https://pas.example/p?q=cpr%3A0101901234",
        "«0101901234»",
        "0101901234.",
        "'010190-1234'",
        "310290-1234, 010190-1234",
        "123456-0101901234",
        "\u200b0101901234",
        "0101901234\u0301",
        "\ud8000101901234",
        "x\n0101901234\ty",
        "#0101901234/",
    ],
)
def test_it_is_found_in_text_references_and_addresses(text: str) -> None:
    assert cpr.contains(text)


@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011", "\u2013", "\u2212", "\u00ad", "\uff0d"])
def test_the_hyphens_of_word_processors_count_as_hyphens(hyphen: str) -> None:
    assert cpr.contains(f"010190{hyphen}1234")


def test_digits_of_other_scripts_are_digits() -> None:
    full_width = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
    assert cpr.contains("010190-1234".translate(full_width))


@pytest.mark.parametrize("text", ["0101901234\n0101901234", "ved 010190-1234 og 610190-1234."])
def test_a_mask_leaves_none(text: str) -> None:
    assert not cpr.contains(cpr.mask(text))


def test_a_mask_leaves_the_rest_as_it_is() -> None:
    assert cpr.mask("ring 010190-1234, ikke 310290-1234") == "ring [CPR], ikke 310290-1234"


def test_text_that_hides_one_in_percent_codes_is_masked_whole() -> None:
    assert cpr.mask("p?cpr=010190%2D1234") == "[CPR]"
