"""What counts as a public holiday, a working day and a staffed day."""

from datetime import date, timedelta

import pytest

from stream.law.calendar import Calendar, CalendarReading, DayOff
from stream.law.calendar_holidays import special_days
from stream.law.errors import CalendarRangeError, LawError

YEARS = range(2015, 2041)
MOVABLE = {
    "Skærtorsdag": -3,
    "Langfredag": -2,
    "Påskedag": 0,
    "Anden påskedag": 1,
    "Kristi himmelfartsdag": 39,
    "Pinsedag": 49,
    "Anden pinsedag": 50,
}
PRAYER_DAY = 26
"""Store bededag: the fourth Friday after Easter, days after Easter Sunday."""
CLOSED = date(2026, 10, 16)
UNIT = "440781000016009"


def easter(year: int) -> date:
    """Easter Sunday after Meeus, Jones and Butcher, so that the library does not check itself."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap, skipped = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, odd = divmod(rest, 4)
    week = (32 + 2 * skipped + 2 * quarter - moon - odd) % 7
    full = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * full + 114, 31)
    return date(year, month, day + 1)


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar()


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2038, date(2038, 4, 25))]
)
def test_the_independent_easter_is_itself_right(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(("name", "offset"), MOVABLE.items())
def test_every_movable_holiday_follows_easter(calendar: Calendar, year: int, name: str, offset: int) -> None:
    found = calendar.holiday_name(easter(year) + timedelta(days=offset))
    assert found is not None
    assert found["da"] == name


@pytest.mark.parametrize("year", YEARS)
def test_store_bededag_is_a_holiday_until_2023_and_a_working_day_from_2024(calendar: Calendar, year: int) -> None:
    day = easter(year) + timedelta(days=PRAYER_DAY)
    assert calendar.is_public_holiday(day) == (year <= 2023)
    assert calendar.is_working_day(day) == (year > 2023)


@pytest.mark.parametrize("year", YEARS)
def test_a_year_has_no_holidays_but_those_of_the_law(calendar: Calendar, year: int) -> None:
    fixed = {date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)}
    moving = {easter(year) + timedelta(days=offset) for offset in MOVABLE.values()}
    prayer = {easter(year) + timedelta(days=PRAYER_DAY)} if year <= 2023 else set()
    days = (date(year, 1, 1) + timedelta(days=index) for index in range(366))
    assert {day for day in days if day.year == year and calendar.is_public_holiday(day)} == fixed | moving | prayer


def test_a_holiday_has_a_name_in_danish_and_english(calendar: Calendar) -> None:
    assert calendar.holiday_name(date(2026, 5, 14)) == {"da": "Kristi himmelfartsdag", "en": "Ascension Day"}


def test_an_ordinary_day_has_no_holiday_name(calendar: Calendar) -> None:
    assert calendar.holiday_name(date(2026, 5, 13)) is None


@pytest.mark.parametrize(("month", "day"), [(6, 5), (12, 24), (12, 31)])
def test_constitution_day_and_the_two_eves_count_in_law_but_are_never_staffed(
    calendar: Calendar, month: int, day: int
) -> None:
    assert calendar.is_working_day(date(2025, month, day))
    assert not calendar.is_staffed(date(2025, month, day), None)


@pytest.mark.parametrize(
    ("setting", "day"),
    [
        ("constitution_day_counts", date(2025, 6, 5)),
        ("christmas_eve_counts", date(2025, 12, 24)),
        ("new_years_eve_counts", date(2025, 12, 31)),
    ],
)
def test_each_of_the_three_days_can_be_read_as_no_working_day(setting: str, day: date) -> None:
    assert not Calendar(reading=CalendarReading.of({setting: False, "roll": "none"})).is_working_day(day)


def test_every_special_day_of_the_data_file_names_a_setting_of_the_reading() -> None:
    assert {day.setting for day in special_days()} == set(CalendarReading.__dataclass_fields__)


def test_the_first_of_may_is_an_ordinary_working_day(calendar: Calendar) -> None:
    assert calendar.is_working_day(date(2026, 5, 1))
    assert calendar.is_staffed(date(2026, 5, 1), None)


def test_a_saturday_is_neither_a_working_day_nor_staffed(calendar: Calendar) -> None:
    assert not calendar.is_working_day(date(2026, 2, 7))
    assert not calendar.is_staffed(date(2026, 2, 7), None)


def test_a_closing_day_is_one_of_its_unit_only_and_no_matter_of_law() -> None:
    calendar = Calendar({UNIT: frozenset({CLOSED})})
    assert [calendar.is_staffed(CLOSED, unit) for unit in (UNIT, "another", None)] == [False, True, True]
    assert calendar.is_working_day(CLOSED)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 5), DayOff("public_holiday", {"da": "Påskedag", "en": "Easter Sunday"})),
        (date(2026, 4, 11), DayOff("weekend")),
        (date(2026, 6, 5), DayOff("special_day", {"da": "Grundlovsdag", "en": "Constitution Day"})),
        (CLOSED, DayOff("closing_day")),
        (date(2026, 10, 15), None),
    ],
)
def test_a_day_off_says_why(day: date, expected: DayOff | None) -> None:
    assert Calendar({UNIT: frozenset({CLOSED})}).day_off(day, UNIT) == expected


@pytest.mark.parametrize("day", [date(1899, 1, 1), date(2100, 12, 31)])
def test_the_calendar_reaches_from_1899_to_2100(calendar: Calendar, day: date) -> None:
    assert calendar.is_staffed(day, None) is False


@pytest.mark.parametrize("day", [date(1898, 12, 31), date(2101, 1, 1)])
def test_a_date_outside_the_calendar_is_a_clear_error(calendar: Calendar, day: date) -> None:
    with pytest.raises(CalendarRangeError, match="give a date from 1899-01-01 to 2100-12-31"):
        calendar.is_staffed(day, None)


@pytest.mark.parametrize("deadline", [date(1899, 1, 1), date(1898, 5, 1)])
def test_a_target_before_the_first_known_day_is_a_clear_error(calendar: Calendar, deadline: date) -> None:
    with pytest.raises(CalendarRangeError):
        calendar.target(deadline, None)


def test_a_count_that_leaves_the_calendar_is_a_clear_error(calendar: Calendar) -> None:
    with pytest.raises(CalendarRangeError, match="leaves the calendar"):
        calendar.add_working_days(date(2100, 12, 30), 8)


def test_working_days_are_only_counted_forward(calendar: Calendar) -> None:
    with pytest.raises(LawError, match="give 0 or more"):
        calendar.add_working_days(date(2026, 2, 2), -1)


def test_closing_days_outside_the_calendar_do_no_harm() -> None:
    calendar = Calendar({UNIT: frozenset({date(1880, 1, 2), date(2150, 1, 3)})})
    assert calendar.is_staffed(date(2026, 2, 2), UNIT)
