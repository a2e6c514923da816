from datetime import UTC, datetime, timedelta

from stream.worker.sources import Silences

NOW = datetime(2026, 2, 2, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def silent(silences: Silences, **ago: timedelta) -> list[str]:
    """The sources that are silent when each sent its last event that long ago."""
    latest = {f"urn:{name.replace('_', ':')}": NOW - passed for name, passed in ago.items()}
    return [each.source for each in silences.look(latest, NOW) if each.too_long]


def test_a_source_is_silent_after_longer_than_the_limit() -> None:
    assert silent(Silences(DAY), a=DAY, b=DAY + HOUR) == ["urn:b"]


def test_a_weekend_is_no_silence_unless_somebody_says_so() -> None:
    weekend = timedelta(hours=64)
    assert silent(Silences(), a=weekend) == []
    assert silent(Silences(limits={"urn:a": 12 * HOUR}), a=weekend, b=weekend) == ["urn:a"]


def test_nobody_waits_for_a_source_without_a_limit_or_for_our_own() -> None:
    assert silent(Silences(DAY, {"urn:a": None}), a=9 * DAY, fristvagt_api=9 * DAY) == []


def test_the_silence_of_simulated_hospitals_is_shown_but_alarms_nobody() -> None:
    (found,) = Silences(DAY).look({"urn:fristvagt:sim:a": NOW - 9 * DAY}, NOW)
    assert (found.lasted, found.too_long) == (9 * DAY, False)


def test_a_source_that_was_shut_down_long_ago_is_not_waited_for() -> None:
    assert silent(Silences(), a=29 * DAY, b=31 * DAY) == ["urn:a"]


def test_a_source_with_a_long_limit_is_waited_for_that_long() -> None:
    assert silent(Silences(limits={"urn:a": 60 * DAY}), a=59 * DAY) == []
    assert [each.lasted for each in Silences(limits={"urn:a": 60 * DAY}).look({"urn:a": NOW - 59 * DAY}, NOW)] == [
        59 * DAY
    ]


def test_a_moment_in_the_future_is_no_negative_silence() -> None:
    (found,) = Silences().look({"urn:a": NOW + DAY}, NOW)
    assert found.lasted == timedelta(0)
