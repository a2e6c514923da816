"""The counting tool: the dated cases of the law, pauses, readings, and what it refuses."""

import json
from datetime import date, timedelta

import pytest

from stream.law.calendar import Calendar, CalendarReading
from stream.law.count import CountResult, count
from stream.law.errors import CalendarRangeError, CountError
from tests.unit.law.build import CALENDAR, RULEBOOK, UNIT

LONG_AGO = date(2010, 1, 1)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def counted(
    right: str,
    referral: str | None = None,
    consent: str | None = None,
    *pauses: tuple[str, str],
    today: str = "2010-01-01",
    reading: str = "in_force",
) -> CountResult:
    spans = [(date.fromisoformat(begin), date.fromisoformat(end)) for begin, end in pauses]
    rulebook = RULEBOOK.read_as(reading)
    calendar = Calendar(reading=CalendarReading.of(rulebook.settings))
    return count(right, day(referral), day(consent), spans, rulebook, calendar, date.fromisoformat(today))


@pytest.mark.parametrize(
    ("case", "right", "referral", "consent", "deadline"),
    [
        ("G01", "cancer.workup", "2021-07-26", None, "2021-08-09"),
        ("G02", "cancer.workup", "2019-06-18", None, "2019-07-02"),
        ("G04", "cancer.workup", "2015-12-16", None, "2015-12-30"),
        ("G06", "cancer.treatment", None, "2022-07-20", "2022-08-03"),
        ("G07", "cancer.treatment", "2022-08-02", None, "2022-08-30"),
        ("G10", "information.referral", "2016-06-07", None, "2016-06-17"),
        ("D01", "cancer.treatment", None, "2024-12-10", "2024-12-24"),
        ("D02", "cancer.workup", "2024-12-18", None, "2025-01-01"),
        ("D03", "cancer.workup", "2024-03-22", None, "2024-04-05"),
        ("D04", "cancer.workup", "2024-04-12", None, "2024-04-26"),
        ("D05", "cancer.treatment", "2024-02-15", None, "2024-03-14"),
        ("D06", "cancer.treatment", None, "2024-02-16", "2024-03-01"),
        ("D07", "cancer.treatment", None, "2025-03-20", "2025-04-03"),
        ("D08", "cancer.treatment", None, "2025-10-19", "2025-11-02"),
        ("D09", "heart.left_main", "2026-05-26", "2026-05-26", "2026-06-05"),
        ("D10", "cancer.workup", "2025-05-26", None, "2025-06-09"),
        ("D11", "cancer.treatment", None, "2025-05-15", "2025-05-29"),
        ("D12", "cancer.treatment", None, "2025-12-22", "2026-01-05"),
        ("D13", "cancer.treatment", "2025-09-01", "2025-09-08", "2025-09-22"),
        ("D14", "cancer.treatment", "2025-09-01", "2025-09-20", "2025-09-29"),
        ("D15", "cancer.treatment", "2025-09-01", None, "2025-09-29"),
        ("D16", "heart.left_main", "2025-09-01", "2025-09-03", "2025-09-13"),
        ("D17", "heart.left_main", "2025-09-01", "2025-09-08", "2025-09-15"),
        ("D18", "heart.unstable_angina", "2025-09-01", "2025-09-10", "2025-09-22"),
        ("D19", "heart.post_mi", "2025-09-01", "2025-09-12", "2025-10-03"),
        ("D23", "information.referral", "2024-04-18", None, "2024-04-30"),
        ("D24", "information.referral", "2023-04-27", None, "2023-05-10"),
        ("D25", "information.workup_completed", "2024-03-25", None, "2024-04-09"),
        ("D26", "information.referral", "2024-12-17", None, "2024-12-31"),
        ("D27", "information.referral", "2025-05-27", None, "2025-06-10"),
        ("D28", "information.surgery_moved", "2026-04-21", None, "2026-05-01"),
        ("D29", "information.referral", "2024-06-03", None, "2024-06-13"),
        ("D30", "information.referral", "2024-12-20", None, "2025-01-06"),
        ("D32", "cancer.treatment", None, "2024-03-04", "2024-03-18"),
    ],
)
def test_the_dated_cases_of_the_law(
    case: str, right: str, referral: str | None, consent: str | None, deadline: str
) -> None:
    assert counted(right, referral, consent).deadline.isoformat() == deadline


@pytest.mark.parametrize("right", RULEBOOK.rights)
def test_every_right_of_the_rulebook_can_be_counted(right: str) -> None:
    assert counted(right, "2026-02-02").right == right


@pytest.mark.parametrize("right", RULEBOOK.rights)
def test_the_last_day_of_a_count_is_the_deadline_and_has_the_limits_number(right: str) -> None:
    result = counted(right, "2026-03-24")
    assert result.days[-1].on == result.deadline
    assert result.days[-1].number == result.limits[-1].days


def test_the_tool_counts_what_lies_ahead_as_well_as_what_lies_behind() -> None:
    ahead = counted("cancer.treatment", None, "2026-02-02", today="2026-01-15")
    assert ahead.deadline == counted("cancer.treatment", None, "2026-02-02", today="2026-05-01").deadline


def test_the_days_left_are_counted_from_today() -> None:
    result = counted("cancer.treatment", None, "2026-02-02", today="2026-02-06")
    assert (result.days_left, result.staffed_days_left) == (10, 6)


def test_the_binding_limit_and_its_days_are_shown_from_its_own_start() -> None:
    result = counted("cancer.treatment", "2025-09-01", "2025-09-08")
    assert result.binding == "consent"
    assert result.days[0].on == date(2025, 9, 8)


def test_a_pause_moves_the_deadline_and_leaves_the_nominal_one() -> None:
    result = counted("cancer.treatment", None, "2026-02-02", ("2026-02-05", "2026-02-09"))
    assert (result.nominal_deadline, result.deadline) == (date(2026, 2, 16), date(2026, 2, 20))


def test_pauses_that_overlap_touch_or_come_in_any_order_are_counted_once() -> None:
    spans = [("2026-02-09", "2026-02-11"), ("2026-02-04", "2026-02-08"), ("2026-02-08", "2026-02-10")]
    assert counted("cancer.treatment", None, "2026-02-02", *spans).deadline == date(2026, 2, 23)


def test_a_pause_inside_another_does_not_end_it() -> None:
    spans = [("2026-02-04", "2026-02-12"), ("2026-02-05", "2026-02-07")]
    assert counted("cancer.treatment", None, "2026-02-02", *spans).deadline == date(2026, 2, 24)


def test_a_pause_of_no_days_moves_nothing() -> None:
    assert counted("cancer.workup", "2026-02-02", None, ("2026-02-05", "2026-02-05")).deadline == date(2026, 2, 16)


def test_a_pause_after_the_deadline_moves_nothing() -> None:
    assert counted("cancer.workup", "2026-02-02", None, ("2026-02-18", "2026-02-25")).deadline == date(2026, 2, 16)


def test_another_reading_gives_another_date_and_is_named() -> None:
    result = counted("cancer.treatment", None, "2025-10-19", reading="rolling")
    assert (result.reading, result.deadline) == ("rolling", date(2025, 11, 3))


def test_the_closing_days_of_the_unit_move_the_target_and_nothing_else() -> None:
    closed = Calendar({UNIT: frozenset({date(2026, 2, 16)})})
    result = count("cancer.treatment", None, date(2026, 2, 2), [], RULEBOOK, closed, LONG_AGO, UNIT)
    assert (result.deadline, result.target) == (date(2026, 2, 16), date(2026, 2, 13))


def test_the_explanation_names_no_facts_for_there_are_none() -> None:
    assert {item["fact"] for item in counted("cancer.treatment", "2026-02-02").explanation} == {None}


def test_the_explanation_says_where_the_clock_stands_when_all_dates_lie_behind() -> None:
    result = counted("cancer.treatment", "2026-02-02", today="2026-02-09")
    assert "state.running" in [item["rule"] for item in result.explanation]


def test_the_explanation_does_not_speak_of_today_when_a_date_lies_ahead() -> None:
    result = counted("cancer.treatment", "2026-02-02", today="2026-02-01")
    assert not [item for item in result.explanation if item["rule"].startswith("state.")]


def test_the_result_is_json_with_dates_as_text() -> None:
    result = counted("cancer.treatment", "2025-09-01", "2025-09-20").as_json()
    assert json.loads(json.dumps(result)) == result
    assert result["limits"] == [
        {
            "limit": "consent",
            "days": 14,
            "started_on": "2025-09-20",
            "deadline": "2025-10-04",
            "nominal_deadline": "2025-10-04",
        },
        {
            "limit": "referral",
            "days": 28,
            "started_on": "2025-09-01",
            "deadline": "2025-09-29",
            "nominal_deadline": "2025-09-29",
        },
    ]


def test_an_unknown_right_is_refused_with_those_that_exist() -> None:
    with pytest.raises(CountError, match=r"unknown right 'cancer'; use one of cancer\.workup, cancer\.treatment"):
        counted("cancer", "2026-02-02")


@pytest.mark.parametrize(
    ("right", "wanted"),
    [("cancer.treatment", "a referral date or a consent date"), ("information.referral", "a referral date")],
)
def test_a_count_without_a_start_date_says_which_dates_it_takes(right: str, wanted: str) -> None:
    with pytest.raises(CountError, match=f"has no start date; give {wanted}$"):
        counted(right)


def test_a_consent_where_none_counts_is_refused() -> None:
    with pytest.raises(CountError, match=r"cancer\.workup has no limit from the consent"):
        counted("cancer.workup", "2026-02-02", "2026-02-03")


def test_a_heart_consent_alone_asks_for_the_referral() -> None:
    with pytest.raises(CountError, match="starts only with a referral; give the referral date too"):
        counted("heart.left_main", None, "2026-02-02")


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(CountError, match="the pause from 2026-02-09 ends before it begins, on 2026-02-05"):
        counted("cancer.workup", "2026-02-02", None, ("2026-02-09", "2026-02-05"))


def test_a_duty_to_inform_is_never_paused() -> None:
    with pytest.raises(CountError, match=r"information\.referral is never paused"):
        counted("information.referral", "2026-02-02", None, ("2026-02-05", "2026-02-09"))


@pytest.mark.parametrize("on", [date.max, date.min, date(2101, 1, 1)])
def test_a_date_at_the_end_of_all_days_is_refused_like_any_beyond_the_calendar(on: date) -> None:
    with pytest.raises(CalendarRangeError, match="lies outside the calendar"):
        count("cancer.workup", on, None, [], RULEBOOK, CALENDAR, LONG_AGO)


def test_a_date_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarRangeError):
        count("cancer.workup", LONG_AGO - timedelta(days=45_000), None, [], RULEBOOK, CALENDAR, LONG_AGO)
