"""Working time, quiet hours and the digest as moments: weekends, holidays and the nights when the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.worktime import NoWorkingDayError, WorkTime, moment_of
from tests.unit.alerts.policy.small import policy

ZONE = ZoneInfo("Europe/Copenhagen")
HOLIDAYS = {date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)}  # Maundy Thursday, Good Friday, Easter Monday
QUIET = '[quiet_hours]\nfrom = "16:00"\nto = "07:00"\n'
DIGEST = '[digest]\ntiers = ["plan"]\nat = "07:30"\n'
NIGHTS = '[working_time]\ndays = ["sat", "sun"]\nfrom = "00:30"\nto = "23:30"\n'


def times(added: str = QUIET + DIGEST) -> WorkTime:
    return WorkTime(policy(added), lambda day: day not in HOLIDAYS)


def at(text: str) -> datetime:
    """A local time; the first one where it comes twice."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-02-02T09:00", "2026-02-02T10:30", 90),
        ("2026-02-02T15:30", "2026-02-03T08:30", 60),
        ("2026-02-06T15:00", "2026-02-09T09:00", 120),  # over a weekend
        ("2026-04-01T15:00", "2026-04-07T09:00", 120),  # over Easter
        ("2026-04-03T09:00", "2026-04-03T12:00", 0),
        ("2026-02-02T10:00", "2026-02-02T09:00", 0),
        ("2026-02-02T00:00", "2026-02-09T00:00", 5 * 480),
    ],
)
def test_only_working_time_is_counted(start: str, end: str, minutes: float) -> None:
    assert times().working_minutes_between(at(start), at(end)) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-02-02T09:00", 60, "2026-02-02T10:00"),
        ("2026-02-02T15:30", 60, "2026-02-03T08:30"),
        ("2026-02-02T15:30", 30, "2026-02-02T16:00"),
        ("2026-02-02T20:00", 1, "2026-02-03T08:01"),
        ("2026-04-01T15:00", 120, "2026-04-07T09:00"),
        ("2026-04-04T15:00", 0, "2026-04-04T15:00"),
        ("2026-02-02T08:00", 481, "2026-02-03T08:01"),
    ],
)
def test_minutes_of_working_time_pass_only_while_people_work(start: str, minutes: float, end: str) -> None:
    assert times().after_working_minutes(at(start), minutes) == at(end)


@pytest.mark.parametrize(
    ("day", "minutes"),
    [("2026-03-29", 22 * 60), ("2026-10-25", 24 * 60), ("2026-03-28", 23 * 60)],
    ids=["clock put forward", "clock put back", "no change"],
)
def test_a_night_in_which_the_clock_is_changed_has_an_hour_less_or_more(day: str, minutes: float) -> None:
    night = times(NIGHTS)
    assert night.working_minutes_between(at(f"{day}T00:00"), at(f"{day}T23:59")) == minutes
    assert night.after_working_minutes(at(f"{day}T00:30"), minutes) == at(f"{day}T23:30")


@pytest.mark.parametrize("wall", ["02:00", "02:30", "02:59"])
def test_a_time_that_summer_time_leaves_out_is_the_moment_the_clock_is_put_forward(wall: str) -> None:
    assert moment_of(date(2026, 3, 29), time.fromisoformat(wall)) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_time_that_comes_twice_is_its_first() -> None:
    assert moment_of(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-02-02T07:59", "2026-02-02T08:00"),
        ("2026-02-02T08:00", "2026-02-02T08:00"),
        ("2026-02-02T15:59", "2026-02-02T15:59"),
        ("2026-02-02T16:00", "2026-02-03T08:00"),
        ("2026-04-02T09:00", "2026-04-07T08:00"),
    ],
)
def test_the_next_opening_is_now_or_when_people_next_begin(moment: str, opening: str) -> None:
    assert times().next_opening(at(moment)) == at(opening)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-02-02T06:59", "2026-02-02T07:00"),
        ("2026-02-02T07:00", None),
        ("2026-02-02T15:59", None),
        ("2026-02-02T16:00", "2026-02-03T07:00"),
        ("2026-02-06T16:00", "2026-02-09T07:00"),
        ("2026-02-07T12:00", "2026-02-09T07:00"),
        ("2026-04-01T18:00", "2026-04-07T07:00"),
        ("2026-03-28T20:00", "2026-03-30T07:00"),
        ("2026-10-24T20:00", "2026-10-26T07:00"),
    ],
)
def test_a_message_that_arises_while_it_is_quiet_waits_for_the_end(moment: str, until: str | None) -> None:
    assert times().quiet_until(at(moment), "act") == (until and at(until))


@pytest.mark.parametrize("moment", ["2026-02-02T03:00", "2026-02-07T12:00", "2026-04-03T23:59"])
@pytest.mark.parametrize("tier", ["escalate", "passed"])
def test_escalate_and_passed_never_wait(moment: str, tier: str) -> None:
    assert times().quiet_until(at(moment), tier) is None
    assert times().goes_at(at(moment), tier) == at(moment)


@pytest.mark.parametrize(
    ("added", "moment", "until"),
    [
        ("", "2026-02-07T03:00", None),
        ("[quiet_hours]\n", "2026-02-07T12:00", "2026-02-09T00:00"),
        ("[quiet_hours]\n", "2026-02-09T03:00", None),
        (QUIET + "days_off = false\n", "2026-02-07T12:00", None),
        (QUIET + "days_off = false\n", "2026-02-07T18:00", "2026-02-08T07:00"),
        (QUIET + 'tiers = ["plan"]\n', "2026-02-02T03:00", None),
        ('[quiet_hours]\nfrom = "12:00"\nto = "13:00"\n', "2026-02-02T12:30", "2026-02-02T13:00"),
        ('[quiet_hours]\nfrom = "12:00"\nto = "13:00"\n', "2026-02-02T13:00", None),
        ('[quiet_hours]\nfrom = "12:00"\nto = "13:00"\n', "2026-02-06T23:00", None),
        ('[quiet_hours]\nfrom = "20:00"\nto = "00:00"\n', "2026-02-02T21:00", "2026-02-03T00:00"),
        ('[quiet_hours]\nfrom = "22:00"\nto = "02:30"\ndays_off = false\n', "2026-03-28T23:00", "2026-03-29T03:00"),
    ],
)
def test_quiet_hours_are_those_that_are_written(added: str, moment: str, until: str | None) -> None:
    assert times(added).quiet_until(at(moment), "act") == (until and at(until))


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        ("2026-02-02T07:29", "2026-02-02T07:30"),
        ("2026-02-02T07:30", "2026-02-02T07:30"),
        ("2026-02-02T07:31", "2026-02-03T07:30"),
        ("2026-02-06T12:00", "2026-02-09T07:30"),
        ("2026-04-01T12:00", "2026-04-07T07:30"),
        ("2026-03-27T12:00", "2026-03-30T07:30"),
    ],
)
def test_the_digest_goes_on_the_next_morning_on_which_people_work(moment: str, morning: str) -> None:
    assert times().digest_at(at(moment)) == at(morning)
    assert times().goes_at(at(moment), "plan") == at(morning)


def test_a_digest_waits_until_it_is_quiet_no_more() -> None:
    early = times(QUIET + DIGEST.replace("07:30", "06:00"))
    assert early.goes_at(at("2026-02-02T12:00"), "plan") == at("2026-02-03T07:00")


def test_a_tier_that_is_not_in_the_digest_goes_at_once_by_day() -> None:
    assert times().goes_at(at("2026-02-02T12:00"), "act") == at("2026-02-02T12:00")


@pytest.mark.parametrize(
    ("tier", "told", "next_one"),
    [
        ("plan", "2026-02-06T07:30", "2026-02-06T16:00"),
        ("act", "2026-02-06T14:00", "2026-02-09T10:00"),
        ("refer", "2026-02-07T12:00", "2026-02-09T10:00"),
        ("escalate", "2026-02-07T23:30", "2026-02-08T00:30"),
        ("passed", "2026-03-29T01:30", "2026-03-29T03:30"),
    ],
)
def test_the_next_role_is_told_after_working_time_or_for_the_highest_tiers_after_all_time(
    tier: str, told: str, next_one: str
) -> None:
    assert times().hand_over_at(at(told), tier) == at(next_one)


def test_where_nobody_ever_works_it_is_said_and_no_message_is_held_back() -> None:
    never = WorkTime(policy(QUIET + DIGEST), lambda _: False)
    moment = at("2026-02-02T12:00")
    with pytest.raises(NoWorkingDayError, match="check"):
        never.next_opening(moment)
    assert never.quiet_until(moment, "act") is None
    assert never.goes_at(moment, "plan") == moment
    assert never.hand_over_at(moment, "plan") == moment + timedelta(minutes=480)


moments = st.timedeltas(timedelta(), timedelta(days=365)).map(lambda passed: datetime(2026, 1, 1, tzinfo=UTC) + passed)
policies = st.sampled_from([times(), times(NIGHTS + QUIET + DIGEST), times(QUIET.replace("07:00", "02:30"))])
tiers = st.sampled_from(["plan", "act", "refer", "escalate", "passed"])


@given(policies, moments, st.integers(0, 5000))
def test_after_so_many_minutes_of_working_time_so_many_have_passed(
    some: WorkTime, start: datetime, minutes: int
) -> None:
    assert some.working_minutes_between(start, some.after_working_minutes(start, minutes)) == minutes


@given(policies, moments, st.integers(0, 3000), st.integers(0, 3000))
def test_working_time_adds_up(some: WorkTime, start: datetime, first: int, second: int) -> None:
    whole = some.after_working_minutes(start, first + second)
    assert some.after_working_minutes(some.after_working_minutes(start, first), second) == whole


@given(policies, moments, tiers)
def test_what_waited_for_the_quiet_to_end_waits_no_longer_and_not_a_minute_too_long(
    some: WorkTime, moment: datetime, tier: str
) -> None:
    until = some.quiet_until(moment, tier)
    if until is not None:
        assert until > moment
        assert some.quiet_until(until, tier) is None
        assert some.quiet_until(until - timedelta(microseconds=1), tier) == until


@given(policies, moments, tiers)
def test_nothing_goes_before_it_arises_or_while_it_is_quiet(some: WorkTime, moment: datetime, tier: str) -> None:
    goes = some.goes_at(moment, tier)
    assert goes >= moment
    assert some.quiet_until(goes, tier) is None


@given(policies, moments)
def test_at_the_next_opening_people_work(some: WorkTime, moment: datetime) -> None:
    opening = some.next_opening(moment)
    assert some.working_minutes_between(opening, opening + timedelta(minutes=1)) > 0
    assert some.working_minutes_between(moment, opening) == 0


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.times(), st.times())
def test_times_of_a_day_keep_their_order(day: date, one: time, other: time) -> None:
    first, last = sorted((one, other))
    assert moment_of(day, first) <= moment_of(day, last)
