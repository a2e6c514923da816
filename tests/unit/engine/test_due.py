from datetime import UTC, date, datetime

from alerts.policy import Policy
from alerts.tiers import Verdict
from stream.due import change_days, midnight, next_due, tier_due
from tests.unit.law.build import CALENDAR, clock, fact

CONSENT = fact("consent-given", "2026-02-02", line="initial")
THRESHOLDS = Policy.load().thresholds("cancer.treatment", None)
TODAY = date(2026, 2, 4)


def due_days(*facts, at: str = "2026-02-04") -> set[str]:
    found = clock("cancer.treatment", CONSENT, *facts, at=at)
    return {day.isoformat() for day in change_days(found, THRESHOLDS, date.fromisoformat(at), CALENDAR)}


def test_a_local_midnight_in_winter_is_an_hour_before_it_in_utc() -> None:
    assert midnight(date(2026, 2, 5)) == datetime(2026, 2, 4, 23, tzinfo=UTC)


def test_a_local_midnight_in_summer_is_two_hours_before_it_in_utc() -> None:
    assert midnight(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_a_running_clock_changes_where_a_tier_begins_and_the_day_after_its_deadline() -> None:
    assert due_days() == {"2026-02-05", "2026-02-09", "2026-02-11", "2026-02-13", "2026-02-17"}


def test_an_offered_date_is_looked_at_when_it_has_gone_by() -> None:
    offer = {"for": "treatment", "place": "own", "concrete": True, "offered_date": "2026-02-10"}
    assert "2026-02-11" in due_days(fact("date-offered", "2026-02-03", **offer))


def test_a_paused_clock_is_looked_at_every_day() -> None:
    assert "2026-02-05" in due_days(fact("wait-paused", "2026-02-04", reason="health", documented=True))


def test_a_closed_clock_never_changes_by_itself() -> None:
    assert due_days(fact("treatment-started", "2026-02-03")) == set()


def test_the_next_due_moment_is_the_first_midnight_after_today() -> None:
    days = [date(2026, 2, 4), date(2026, 2, 9), date(2026, 2, 5)]
    assert next_due(days, TODAY, None) == midnight(date(2026, 2, 5))


def test_a_fact_that_starts_to_count_sooner_comes_first() -> None:
    pending = datetime(2026, 2, 4, 12, 30, tzinfo=UTC)
    assert next_due([date(2026, 2, 5)], TODAY, pending) == pending


def test_nothing_to_come_is_no_due_moment() -> None:
    assert next_due([TODAY], TODAY, None) is None


def test_a_tier_is_due_since_its_threshold_by_the_calendar() -> None:
    found = clock("cancer.treatment", CONSENT, at="2026-02-10")
    assert tier_due(found, Verdict("act", "staffed_days_left"), THRESHOLDS, CALENDAR) == midnight(date(2026, 2, 9))


def test_a_passed_deadline_is_due_since_the_day_after() -> None:
    found = clock("cancer.treatment", CONSENT, at="2026-02-20")
    assert tier_due(found, Verdict("passed", "deadline_passed"), THRESHOLDS, CALENDAR) == midnight(date(2026, 2, 17))


def test_without_a_tier_nothing_is_due() -> None:
    found = clock("cancer.treatment", CONSENT, at="2026-02-04")
    assert tier_due(found, Verdict(None, "time_enough"), THRESHOLDS, CALENDAR) is None
