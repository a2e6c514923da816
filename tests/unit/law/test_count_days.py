"""The days of a count, one by one."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.law.calendar import Calendar, CalendarReading
from stream.law.count import CountResult, count
from stream.law.count_days import CountDay
from tests.unit.law.build import CALENDAR, RULEBOOK, UNIT

EASTER = date(2026, 3, 24)
"""A Tuesday before Easter: Maundy Thursday is 2 April 2026."""
starts = st.dates(date(2016, 1, 1), date(2040, 12, 31))


def result(right: str, start: date, *pauses: tuple[date, date], reading: str = "in_force") -> CountResult:
    rulebook = RULEBOOK.read_as(reading)
    calendar = Calendar(reading=CalendarReading.of(rulebook.settings))
    return count(right, start, None, list(pauses), rulebook, calendar, start)


def table(right: str, start: date, *pauses: tuple[date, date], reading: str = "in_force") -> dict[date, CountDay]:
    return {day.on: day for day in result(right, start, *pauses, reading=reading).days}


def test_the_start_day_is_day_zero_and_is_not_counted() -> None:
    first = table("cancer.workup", EASTER)[EASTER]
    assert (first.number, first.counts, first.label["da"]) == (0, False, "startdagen, dag 0")


def test_calendar_days_count_weekends_and_holidays() -> None:
    days = table("cancer.workup", EASTER)
    assert all(day.counts for day in days.values() if day.number > 0)


@pytest.mark.parametrize(
    ("on", "kind", "label"),
    [
        (date(2026, 3, 27), "working_day", "hverdag nummer 3"),
        (date(2026, 3, 28), "weekend", "weekend"),
        (date(2026, 4, 2), "public_holiday", "Skærtorsdag (helligdag)"),
        (date(2026, 4, 5), "public_holiday", "Påskedag (helligdag)"),
    ],
)
def test_a_day_says_what_it_is(on: date, kind: str, label: str) -> None:
    day = table("information.referral", EASTER)[on]
    assert (day.kind, day.label["da"]) == (kind, label)


def test_a_day_has_its_weekday_in_both_languages() -> None:
    assert table("cancer.workup", EASTER)[EASTER].weekday == {"da": "tirsdag", "en": "Tuesday"}


def test_a_count_of_working_days_stands_still_on_weekends_and_holidays() -> None:
    days = table("information.referral", EASTER)
    assert [days[date(2026, 4, number)].number for number in range(1, 9)] == [6, 6, 6, 6, 6, 6, 7, 8]


def test_christmas_eve_counts_and_is_named() -> None:
    eve = table("information.referral", date(2024, 12, 17))[date(2024, 12, 24)]
    assert (eve.kind, eve.counts, eve.label["da"]) == ("special_day", True, "Juleaftensdag")


def test_christmas_eve_does_not_count_in_the_other_reading() -> None:
    eve = table("information.referral", date(2024, 12, 17), reading="closed_half_holidays")[date(2024, 12, 24)]
    assert (eve.counts, eve.working_day) == (False, None)


def test_a_closing_day_is_named_and_counts() -> None:
    closed = Calendar({UNIT: frozenset({date(2026, 2, 5)})})
    days = count("cancer.workup", date(2026, 2, 2), None, [], RULEBOOK, closed, date(2026, 2, 2), UNIT).days
    assert (days[3].kind, days[3].counts) == ("closing_day", True)


def test_a_paused_day_does_not_count_and_the_number_goes_on_afterwards() -> None:
    days = table("cancer.workup", date(2026, 2, 2), (date(2026, 2, 5), date(2026, 2, 9)))
    numbers = [days[date(2026, 2, number)].number for number in range(5, 11)]
    assert numbers == [3, 3, 3, 3, 3, 4]
    assert [day.on.day for day in days.values() if day.paused] == [6, 7, 8, 9]


def test_a_pause_that_begins_on_the_start_day_holds_the_number_at_zero() -> None:
    days = table("cancer.workup", date(2026, 2, 2), (date(2026, 2, 2), date(2026, 2, 5)))
    assert (days[date(2026, 2, 5)].number, days[date(2026, 2, 6)].number) == (0, 1)


def test_in_the_reading_of_a_fresh_period_the_number_begins_again_after_a_pause() -> None:
    pause = (date(2026, 2, 5), date(2026, 2, 9))
    days = list(table("cancer.workup", date(2026, 2, 2), pause, reading="fresh_period").values())
    assert (days[3].number, days[7].number, days[-1].number) == (3, 0, 14)


def test_days_that_only_roll_the_deadline_are_not_counted() -> None:
    last = result("cancer.workup", date(2025, 10, 19), reading="rolling").days[-1]
    assert (last.on, last.number, last.counts) == (date(2025, 11, 3), 14, False)


def test_a_day_reads_as_json() -> None:
    assert result("cancer.workup", date(2026, 2, 2)).days[1].as_json() == {
        "on": "2026-02-03",
        "weekday": {"da": "tirsdag", "en": "Tuesday"},
        "number": 1,
        "kind": "working_day",
        "label": {"da": "hverdag nummer 1", "en": "working day number 1"},
        "working_day": 1,
        "counts": True,
        "paused": False,
    }


@given(start=starts, right=st.sampled_from(sorted(RULEBOOK.rights)))
@settings(max_examples=100, deadline=None)
def test_as_many_days_count_as_the_limit_has(start: date, right: str) -> None:
    found = count(right, start, None, [], RULEBOOK, CALENDAR, start)
    assert sum(day.counts for day in found.days) == found.limits[0].days


@given(start=starts, wait=st.integers(0, 14), length=st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_pause_adds_its_days_to_the_table_and_counts_none_of_them(start: date, wait: int, length: int) -> None:
    begin = start + timedelta(days=wait)
    days = result("cancer.workup", start, (begin, begin + timedelta(days=length))).days
    assert sum(day.paused for day in days) == length
    assert (sum(day.counts for day in days), days[-1].number) == (14, 14)


@given(start=starts, right=st.sampled_from(sorted(RULEBOOK.rights)))
@settings(max_examples=100, deadline=None)
def test_the_table_has_every_day_once(start: date, right: str) -> None:
    found = count(right, start, None, [], RULEBOOK, CALENDAR, start)
    assert [day.on for day in found.days] == [
        start + timedelta(days=index) for index in range((found.deadline - start).days + 1)
    ]
