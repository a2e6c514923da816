from datetime import UTC, datetime, timedelta

import pytest

from stream.clock import FeedClock, FixedClock
from stream.worker.moments import Moments, UndatedFactError, moment_for

T0 = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
LATER = T0 + timedelta(days=3)


def fact(time: datetime | None = T0) -> dict[str, object]:
    event = {"data": {"occurred_at": "2026-02-01T09:00:00+01:00"}}
    return event if time is None else {**event, "time": time.isoformat()}


def test_a_fact_is_evaluated_at_the_clocks_present() -> None:
    assert moment_for(FixedClock(LATER), fact(), None) == LATER


def test_on_a_feed_a_fact_is_evaluated_when_it_was_recorded_and_takes_the_clock_along() -> None:
    clock = FeedClock()
    assert moment_for(clock, fact(), None) == T0
    assert clock.now() == T0


def test_on_a_feed_a_patient_is_never_evaluated_in_its_past() -> None:
    assert moment_for(FeedClock(), fact(), LATER) == LATER


def test_on_a_feed_an_older_fact_of_another_patient_does_not_set_the_clock_back() -> None:
    clock = FeedClock(LATER)
    assert moment_for(clock, fact(), None) == T0
    assert clock.now() == LATER


def test_on_a_feed_a_fact_without_a_time_is_recorded_when_it_happened() -> None:
    assert moment_for(FeedClock(), fact(None), None) == datetime(2026, 2, 1, 8, 0, tzinfo=UTC)


def test_on_a_feed_a_fact_without_any_readable_time_raises() -> None:
    with pytest.raises(UndatedFactError, match="log is damaged"):
        moment_for(FeedClock(), {"data": {"occurred_at": "yesterday"}}, None)


def test_what_the_clock_said_is_known_by_monotonic_time() -> None:
    moments = Moments()
    moments.note(1.0, T0)
    moments.note(2.0, LATER)
    assert [moments.at(0.5), moments.at(1.0), moments.at(1.9), moments.at(9.0)] == [None, T0, T0, LATER]
