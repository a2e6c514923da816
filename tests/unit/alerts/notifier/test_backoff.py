import pytest

from alerts.notifier.backoff import wait_seconds


@pytest.mark.parametrize(("attempts", "most"), [(1, 10.0), (2, 20.0), (5, 160.0), (20, 1800.0), (100_000, 1800.0)])
def test_the_longest_wait_doubles_up_to_half_an_hour(attempts: int, most: float) -> None:
    assert wait_seconds(attempts, 1.0) == most


def test_the_lot_takes_from_the_whole_span() -> None:
    assert [wait_seconds(4, lot) for lot in (0.0, 0.25, 0.5)] == [1.0, 20.0, 40.0]


def test_the_other_end_may_ask_for_more_within_half_an_hour() -> None:
    assert (wait_seconds(1, 0.0, 60.0), wait_seconds(1, 0.0, 86_400.0)) == (60.0, 1800.0)
