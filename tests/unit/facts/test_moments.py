"""Moments and dates as hospitals write them."""

from datetime import UTC, date, datetime

import pytest

from stream.facts.moments import is_rfc3339, read_date, read_moment

NINE_IN_COPENHAGEN = datetime(2026, 2, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-02T09:00:00+01:00",
        "2026-02-02T08:00:00Z",
        "2026-02-02t08:00:00z",
        "2026-02-02 08:00:00Z",
        "2026-02-02T08:00:00.000Z",
        "2026-02-02T08:00:00-00:00",
        "2026-02-01T22:00:00-10:00",
    ],
)
def test_every_spelling_of_rfc_3339_is_the_same_moment(text: str) -> None:
    assert read_moment(text) == NINE_IN_COPENHAGEN
    assert is_rfc3339(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-02T09:00:00+01",
        "2026-02-02T09:00:00+0100",
        "2026-02-02T09:00+01:00",
        "20260202T090000+0100",
        " 2026-02-02T08:00:00Z",
    ],
)
def test_other_spellings_that_leave_no_doubt_are_read_but_odd(text: str) -> None:
    assert read_moment(text) == NINE_IN_COPENHAGEN
    assert not is_rfc3339(text)


def test_fractions_of_a_second_are_kept_to_the_microsecond() -> None:
    assert read_moment("2026-02-02T08:00:00.123456789Z") == datetime(2026, 2, 2, 8, 0, 0, 123456, tzinfo=UTC)


def test_a_leap_second_is_the_second_after() -> None:
    assert read_moment("2016-12-31T23:59:60Z") == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-02T09:00:00",
        "2026-02-02",
        "",
        "now",
        "2026-02-30T09:00:00Z",
        "2026-02-02T25:00:00Z",
        "2026-02-02T24:00:00Z",
        "2026-02-02T09:60:00Z",
        "2026-02-02T09:00:00+25:00",
        "2026-02-02T09:00:00 Europe/Copenhagen",
        "2026-02-02\udce609:00:00Z",
        "02-02-2026 09:00",
        "1770019200",
    ],
)
def test_what_names_no_moment_is_not_guessed(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize("value", [None, 1770019200, 1.5, True, [], {}])
def test_what_is_no_text_is_no_moment(value: object) -> None:
    assert read_moment(value) is None


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0026-02-02T09:00:00Z", "2260-02-02T09:00:00Z"]
)
def test_a_year_out_of_range_is_a_typing_error(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-02-12", date(2026, 2, 12)),
        ("2026-02-11T23:30:00Z", date(2026, 2, 12)),
        ("2026-07-11T22:30:00Z", date(2026, 7, 12)),
        ("2026-02-12T10:00:00", date(2026, 2, 12)),
    ],
)
def test_a_date_is_read_and_of_a_moment_the_local_date(value: str, day: date) -> None:
    assert read_date(value) == day


@pytest.mark.parametrize(
    "value",
    ["12.2.2026", "2026-02-30", "0026-02-12", "9999-12-31T23:59:59Z", 20260212, None, "", "2026-02-12\udce610:00"],
)
def test_what_is_no_date_is_refused_as_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_date(value)
