"""Promises of the simulated country's shape, measured by folding it with the law.

The bands are wide enough for any seed: more than four standard deviations around the shape's figures.
"""

from collections import Counter
from datetime import UTC, datetime

import pytest

from stream.law.clock import Clock
from stream.simulate import simulate
from tests.unit.simulate.country import END, LONG_AFTER, NEVER, START, Event, accepted, clocks, shaped, waiting

PATHWAYS = 1500


@pytest.fixture(scope="module")
def feed() -> list[Event]:
    return list(simulate(PATHWAYS, 11, START, END))


@pytest.fixture(scope="module")
def folded(feed: list[Event]) -> list[Clock]:
    return clocks(feed)


@pytest.fixture(scope="module")
def shares(folded: list[Clock]) -> dict[str | None, float]:
    outcomes = Counter(clock.outcome for clock in waiting(folded) if clock.state == "closed")
    counted = sum(outcomes.values()) - outcomes["interrupted"] - outcomes["not_covered"]
    return {outcome: number / counted for outcome, number in outcomes.items()}


def test_about_94_of_100_waiting_clocks_close_within_their_limit(shares: dict[str, float]) -> None:
    assert 0.915 < shares["within"] < 0.97


def test_about_5_of_100_are_over_by_wish_or_health(shares: dict[str, float]) -> None:
    assert 0.03 < shares["over_patient_wish"] + shares["over_health"] < 0.08


def test_capacity_and_rules_not_kept_are_rare(shares: dict[str, float]) -> None:
    assert shares.get("over_capacity_offered", 0) < 0.008
    assert shares.get("not_complied", 0) < 0.006


def test_interruptions_and_what_is_not_covered_stay_few(shares: dict[str, float]) -> None:
    assert 0.005 < shares["interrupted"] < 0.05
    assert shares.get("not_covered", 0) < 0.02


def test_in_the_end_every_waiting_clock_is_closed(folded: list[Clock]) -> None:
    assert {clock.state for clock in waiting(folded)} == {"closed"}


def test_at_the_end_of_the_window_many_clocks_are_running(feed: list[Event]) -> None:
    states = Counter(clock.state for clock in waiting(clocks(feed, datetime(2026, 3, 31, 12, tzinfo=UTC))))
    assert 80 < states["running"] < 400


def test_all_rights_appear(folded: list[Clock]) -> None:
    assert {clock.right for clock in folded} == {
        "cancer.workup",
        "cancer.treatment",
        "cancer.aftertreatment",
        "heart.left_main",
        "heart.unstable_angina",
        "heart.post_mi",
        "information.referral",
        "information.workup_completed",
        "information.surgery_moved",
    }


def test_most_patients_are_informed_in_time(folded: list[Clock]) -> None:
    states = Counter(clock.outcome for clock in folded if clock.right.startswith("information."))
    assert states["within"] / sum(states.values()) > 0.9


def test_relapses_open_second_lines() -> None:
    again = clocks(simulate(300, 3, START, END, shaped(chances={"relapse": 1, "cancer_found": 1})))
    assert {clock.right for clock in again if clock.line > 1} >= {"cancer.workup", "cancer.treatment"}


def test_all_regions_report(feed: list[Event]) -> None:
    residences = {event["data"].get("residence") for event in feed} - {None}
    assert residences == {
        f"Region {name}" for name in ("Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland")
    }


def test_a_share_of_events_is_recorded_days_late(feed: list[Event]) -> None:
    late = [one.fact for one in accepted(feed) if (one.fact.time - one.fact.occurred_at).days >= 1]
    assert 0.04 < len(late) / len(feed) < 0.16


@pytest.mark.parametrize(
    "kind",
    [
        "dk.lpr3.marker.v1",
        "dk.fristvagt.fact-retracted.v1",
        "dk.fristvagt.unit-transferred.v1",
        "dk.fristvagt.surgery-moved.v1",
        "dk.fristvagt.wait-paused.v1",
        "dk.fristvagt.date-cancelled.v1",
        "dk.fristvagt.diagnosis-set.v1",
        "dk.fristvagt.conference-decided.v1",
    ],
)
def test_what_makes_real_feeds_hard_is_there(feed: list[Event], kind: str) -> None:
    assert any(event["type"] == kind for event in feed)


def test_corrections_name_what_they_replace(feed: list[Event]) -> None:
    known = {(event["source"], event["id"]): event["time"] for event in feed}
    corrections = [event for event in feed if "supersedes" in event["data"]]
    assert corrections
    assert all(known[event["source"], event["data"]["supersedes"]] <= event["time"] for event in corrections)


@pytest.mark.parametrize(
    ("fate", "outcome"),
    [
        ("within", "within"),
        ("health", "over_health"),
        ("patient_wish", "over_patient_wish"),
        ("capacity", "over_capacity_offered"),
        ("not_complied", "not_complied"),
    ],
)
@pytest.mark.parametrize("begin", ["workup", "treatment", "aftertreatment", "left_main", "unstable_angina", "post_mi"])
def test_a_story_ends_as_it_was_drawn(begin: str, fate: str, outcome: str) -> None:
    shape = shaped(chances=NEVER, outcomes={fate: 1}, pathways={begin: 1})
    found = waiting(clocks(simulate(60, 5, START, END, shape)))
    assert {clock.outcome for clock in found} == {outcome}


@pytest.mark.parametrize(
    "chance", ["mistyped", "mistaken", "phone_first", "transferred", "more_workup", "consent_alone"]
)
def test_what_goes_wrong_in_registration_changes_no_outcome(chance: str) -> None:
    shape = shaped(chances={**NEVER, chance: 1}, outcomes={"within": 1}, pathways={"workup": 3, "treatment": 1})
    found = waiting(clocks(simulate(80, 9, START, END, shape)))
    assert {clock.outcome for clock in found} == {"within"}


@pytest.mark.parametrize("chance", ["not_covered", "excluded"])
def test_what_is_not_covered_closes_as_such(chance: str) -> None:
    always = {**NEVER, chance: 1, "diagnosis_set": 1, "melanoma": 0, "cancer_found": 1, "no_treatment": 0}
    found = clocks(simulate(30, 9, START, END, shaped(chances=always, pathways={"workup": 1})), LONG_AFTER)
    assert {clock.outcome for clock in found if clock.right == "cancer.treatment"} == {"not_covered"}


def test_interrupted_pathways_end_for_the_shape_s_reasons() -> None:
    shape = shaped(chances={"interrupted_workup": 1}, pathways={"workup": 1})
    feed = list(simulate(200, 2, START, END, shape))
    reasons = {event["data"].get("reason") for event in feed if event["type"] == "dk.fristvagt.pathway-ended.v1"}
    assert reasons == {"refuted", "patient_wish", "died", "moved", "other"}
    assert {clock.outcome for clock in waiting(clocks(feed))} == {"interrupted"}
