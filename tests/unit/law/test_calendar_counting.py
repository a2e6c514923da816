"""Counting with the calendar: laws that hold for every date, and the dated cases of the duty to inform."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.law.calendar import Calendar, CalendarReading

UNIT = "440781000016009"
ONE_DAY = timedelta(days=1)
INFORM = 8

days = st.dates(date(1995, 1, 1), date(2095, 12, 31))
recent = st.dates(date(2024, 12, 1), date(2026, 3, 31))
closures = st.frozensets(st.dates(date(2025, 1, 1), date(2026, 2, 28)), max_size=60)
PLAIN = Calendar()


def closed_on(*days_: date) -> Calendar:
    return Calendar({UNIT: frozenset(days_)})


def naive_left(calendar: Calendar, today: date, target: date, unit: str | None) -> int:
    span = (today + ONE_DAY * index for index in range(1, (target - today).days + 1))
    return sum(calendar.is_staffed(day, unit) for day in span)


@given(start=days, count=st.integers(0, 400))
def test_the_days_added_are_the_days_between(start: date, count: int) -> None:
    assert PLAIN.working_days_between(start, PLAIN.add_working_days(start, count)) == count


@given(start=days, count=st.integers(1, 400))
def test_adding_working_days_ends_on_a_working_day(start: date, count: int) -> None:
    assert PLAIN.is_working_day(PLAIN.add_working_days(start, count))


@given(start=days)
def test_adding_no_working_day_stays_on_the_day_whatever_day_it_is(start: date) -> None:
    assert PLAIN.add_working_days(start, 0) == start


@given(day=days)
def test_the_next_working_day_is_the_first_one_on_or_after_the_day(day: date) -> None:
    following = PLAIN.next_working_day(day)
    assert PLAIN.is_working_day(following)
    assert PLAIN.add_working_days(day - ONE_DAY, 1) == following


@given(one=days, other=days)
def test_working_days_back_are_the_working_days_there_with_the_other_sign(one: date, other: date) -> None:
    assert PLAIN.working_days_between(one, other) == -PLAIN.working_days_between(other, one)


@given(start=recent, length=st.integers(0, 60))
def test_working_days_between_are_the_working_days_one_meets(start: date, length: int) -> None:
    met = sum(PLAIN.is_working_day(start + ONE_DAY * index) for index in range(1, length + 1))
    assert PLAIN.working_days_between(start, start + ONE_DAY * length) == met


@given(deadline=recent, closed=closures)
def test_the_target_is_the_last_staffed_day_on_or_before_the_deadline(deadline: date, closed: frozenset[date]) -> None:
    calendar = closed_on(*closed)
    target = calendar.target(deadline, UNIT)
    assert target <= deadline
    assert calendar.is_staffed(target, UNIT)
    assert naive_left(calendar, target, deadline, UNIT) == 0


@given(today=recent, length=st.integers(0, 60), closed=closures)
def test_staffed_days_left_are_the_staffed_days_one_meets(today: date, length: int, closed: frozenset[date]) -> None:
    calendar = closed_on(*closed)
    target = today + ONE_DAY * length
    assert calendar.staffed_days_left(today, target, UNIT) == naive_left(calendar, today, target, UNIT)


@given(target=recent, late=st.integers(0, 60))
def test_staffed_days_left_are_never_below_zero(target: date, late: int) -> None:
    assert PLAIN.staffed_days_left(target + ONE_DAY * late, target, None) == 0


@given(deadline=recent, left=st.integers(0, 12), closed=closures)
def test_a_threshold_is_the_first_day_with_so_few_days_left(deadline: date, left: int, closed: frozenset[date]) -> None:
    calendar = closed_on(*closed)
    target = calendar.target(deadline, UNIT)
    first = calendar.staffed_threshold(target, left, UNIT)
    assert calendar.staffed_days_left(first, target, UNIT) == left
    assert calendar.staffed_days_left(first - ONE_DAY, target, UNIT) == left + 1


def test_the_last_threshold_is_the_target_itself() -> None:
    assert PLAIN.staffed_threshold(date(2026, 2, 16), 0, None) == date(2026, 2, 16)


def test_more_days_than_the_calendar_has_are_left_from_its_first_day() -> None:
    assert PLAIN.staffed_threshold(date(1899, 1, 8), 60, None) == date(1899, 1, 1)


def test_a_closed_fortnight_moves_the_target_before_it() -> None:
    closed = [date(2026, 7, 13) + ONE_DAY * index for index in range(14)]
    assert closed_on(*closed).target(date(2026, 7, 24), UNIT) == date(2026, 7, 10)


def test_the_christmas_days_and_a_closed_friday_leave_one_staffed_day() -> None:
    calendar = closed_on(date(2025, 12, 29))
    assert calendar.staffed_days_left(date(2025, 12, 23), date(2026, 1, 1), UNIT) == 1


def test_a_century_of_staffed_days_is_counted_without_a_gap() -> None:
    first, last = date(1899, 1, 1), date(2100, 12, 31)
    assert PLAIN.staffed_days_left(first, last, None) == naive_left(PLAIN, first, last, None)


@pytest.mark.parametrize(
    ("case", "received", "deadline"),
    [
        ("G10", date(2016, 6, 7), date(2016, 6, 17)),
        ("D23", date(2024, 4, 18), date(2024, 4, 30)),
        ("D24", date(2023, 4, 27), date(2023, 5, 10)),
        ("D25", date(2024, 3, 25), date(2024, 4, 9)),
        ("D26", date(2024, 12, 17), date(2024, 12, 31)),
        ("D27", date(2025, 5, 27), date(2025, 6, 10)),
        ("D28", date(2026, 4, 21), date(2026, 5, 1)),
        ("D29", date(2024, 6, 3), date(2024, 6, 13)),
        ("D30", date(2024, 12, 20), date(2025, 1, 6)),
    ],
)
def test_the_dated_cases_of_the_duty_to_inform(case: str, received: date, deadline: date) -> None:
    assert PLAIN.add_working_days(received, INFORM) == deadline


@pytest.mark.parametrize(
    ("case", "settings", "received", "deadline"),
    [
        ("D26", {"christmas_eve_counts": False, "new_years_eve_counts": False}, date(2024, 12, 17), date(2025, 1, 3)),
        ("D27", {"constitution_day_counts": False}, date(2025, 5, 27), date(2025, 6, 11)),
        ("D29", {"constitution_day_counts": False}, date(2024, 6, 3), date(2024, 6, 14)),
        ("D30", {"christmas_eve_counts": False}, date(2024, 12, 20), date(2025, 1, 7)),
    ],
)
def test_the_other_reading_of_a_special_day_gives_the_later_date(
    case: str, settings: Mapping[str, bool], received: date, deadline: date
) -> None:
    calendar = Calendar(reading=CalendarReading.of(settings))
    assert calendar.add_working_days(received, INFORM) == deadline


@pytest.mark.parametrize(
    ("case", "deadline", "target"),
    [
        ("D01", date(2024, 12, 24), date(2024, 12, 23)),
        ("D02", date(2025, 1, 1), date(2024, 12, 30)),
        ("D03", date(2024, 4, 5), date(2024, 4, 5)),
        ("D04", date(2024, 4, 26), date(2024, 4, 26)),
        ("D08", date(2025, 11, 2), date(2025, 10, 31)),
        ("D09", date(2026, 6, 5), date(2026, 6, 4)),
        ("D10", date(2025, 6, 9), date(2025, 6, 6)),
        ("D11", date(2025, 5, 29), date(2025, 5, 28)),
        ("D12", date(2026, 1, 5), date(2026, 1, 5)),
        ("D16", date(2025, 9, 13), date(2025, 9, 12)),
    ],
)
def test_the_dated_cases_show_the_last_staffed_day_before_the_deadline(case: str, deadline: date, target: date) -> None:
    assert PLAIN.target(deadline, None) == target
