"""What a benchmark says of its figures: the best counts, and what is not reached is said."""

import pytest

from tests.bench.figures import Figure, Findings, Target
from tests.bench.table import changes, to_markdown

MACHINE = {
    "processor": "a processor",
    "cores": 2,
    "memory_gb": 8.0,
    "kernel": "Linux 6",
    "python": "3.11",
    "versions": {"aiokafka": "0.14.0"},
    "load_before": 0.1,
}


@pytest.mark.parametrize(("high", "best"), [(True, 30.0), (False, 10.0)])
def test_of_several_repetitions_the_best_counts(high: bool, best: float) -> None:  # noqa: FBT001
    assert Figure("rate", "events/s", (10.0, 30.0, 20.0), high).best == best


def test_the_spread_is_how_far_the_worst_lies_from_the_best() -> None:
    assert Figure("rate", "events/s", (75.0, 100.0)).spread == pytest.approx(0.25)


def test_a_ratio_compares_the_best_of_both() -> None:
    found = Findings("live", "live worker")
    ours = found.figure("ours", "events/s", [50.0, 60.0])
    found.ratio("ours / theirs", ours, found.figure("theirs", "events/s", [20.0, 10.0]), 5)
    assert (found.targets[0].value, found.targets[0].verdict()) == (3.0, "NOT reached: 1.7 times off")


def test_what_must_stay_below_is_reached_at_the_limit() -> None:
    assert [Target("p99", value, 50, high=False).reached for value in (50.0, 50.1)] == [True, False]


def test_a_single_lost_alert_is_not_reached_although_nothing_can_be_divided_by_nought() -> None:
    assert Target("alerts missing", 1, 0, high=False).verdict() == "NOT reached"


def test_the_table_shows_what_is_not_reached() -> None:
    found = Findings("latency", "event to alert", [Figure("p99", "ms", (81.0,), high=False)], notes=["200 events/s"])
    found.at_most("p99", 81.0, 50, "ms")
    assert "| latency | p99 | 81 ms | ≤ 50 ms | NOT reached: 1.6 times off |" in to_markdown(MACHINE, [found])


def test_the_json_keeps_every_repetition() -> None:
    found = Findings("live", "live worker")
    found.figure("ours", "events/s", [50.0, 60.0])
    assert found.to_json()["figures"][0]["values"] == (50.0, 60.0)


def test_an_aim_is_compared_with_what_was_kept_of_it() -> None:
    found = Findings("latency", "event to alert")
    found.at_most("p99", 40.0, 50, "ms")
    kept = {"rows": [{"row": "latency", "targets": [{"name": "p99", "value": 81.0}]}]}
    assert changes(kept, [found]) == ["latency, p99: was 81, is 40 ms"]


def test_an_aim_that_is_new_is_compared_with_nothing() -> None:
    found = Findings("latency", "event to alert")
    found.at_most("p99", 40.0, 50, "ms")
    assert changes({"rows": []}, [found]) == []
