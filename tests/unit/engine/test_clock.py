from datetime import UTC, datetime, timedelta

import pytest

from stream.clock import (
    ClockSettingError,
    FeedClock,
    FixedClock,
    ScaledClock,
    WallClock,
    format_moment,
    parse_clock,
    parse_moment,
)

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)


def test_the_wall_clock_goes_forward_in_utc() -> None:
    first = parse_clock("wall").now()
    assert first <= WallClock().now()
    assert first.utcoffset() == timedelta(0)


def test_a_fixed_clock_stands() -> None:
    assert parse_clock("fixed:2026-02-02T13:00:00+01:00") == FixedClock(NOON)


def test_a_scaled_clock_runs_as_much_faster_as_it_says() -> None:
    origin = WallClock().now() - timedelta(hours=1)
    ahead = ScaledClock(NOON, origin, 24).now() - NOON
    assert timedelta(days=1) <= ahead < timedelta(days=1, minutes=1)


def test_a_scaled_clock_can_be_computed_in_every_process_from_its_setting() -> None:
    setting = "scaled:2026-02-02T12:00:00Z,2026-01-01T00:00:00Z,2"
    assert parse_clock(setting) == ScaledClock(NOON, datetime(2026, 1, 1, tzinfo=UTC), 2.0)


def test_a_feed_clock_never_goes_back() -> None:
    clock = FeedClock()
    clock.advance(NOON)
    clock.advance(NOON - timedelta(days=1))
    assert clock.now() == NOON


def test_a_moment_is_written_in_utc_with_z() -> None:
    assert format_moment(parse_moment("2026-02-02T13:00:00+01:00")) == "2026-02-02T12:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-02T12:00:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_is_refused(text) -> None:
    with pytest.raises(ClockSettingError):
        parse_moment(text)


@pytest.mark.parametrize("setting", ["", "sun", "fixed:now", "scaled:2026-02-02T12:00:00Z", "scaled:a,b,c"])
def test_what_is_no_clock_is_refused(setting) -> None:
    with pytest.raises(ClockSettingError):
        parse_clock(setting)
