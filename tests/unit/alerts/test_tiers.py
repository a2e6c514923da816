"""Promises of the tier rule; the golden cases named are those of the contract."""

import pytest
from msgspec.structs import replace

from alerts.policy import Policy
from alerts.tiers import TIERS, Thresholds, Verdict, View, rank, tier_of

POLICY = Policy.load()
WAITING = View("cancer.treatment", "waiting", "running", days_left=12, staffed_days_left=8)
INFORMATION = View("information.referral", "information", "running", days_left=4, staffed_days_left=4)


def judge(view: View, **changes: object) -> Verdict:
    changed = replace(view, **changes)
    return tier_of(changed, POLICY.thresholds(changed.right, "440781000016009"))


@pytest.mark.parametrize(
    ("staffed", "tier"),
    [
        (8, None),
        (7, "plan"),
        (6, "plan"),
        (5, "act"),
        (4, "act"),
        (3, "refer"),
        (2, "refer"),
        (1, "escalate"),
        (0, "escalate"),
    ],
)
def test_a_waiting_right_climbs_the_ladder_by_staffed_days(staffed: int, tier: str | None) -> None:  # N01-N09, N11, N12
    assert judge(WAITING, staffed_days_left=staffed).tier == tier


def test_time_enough_is_said_when_no_threshold_is_reached() -> None:
    assert judge(WAITING) == Verdict(None, "time_enough")


def test_a_threshold_that_is_reached_names_the_staffed_days_as_its_reason() -> None:
    assert judge(WAITING, staffed_days_left=7) == Verdict("plan", "staffed_days_left")


def test_a_target_behind_us_is_escalate_while_the_deadline_is_ahead() -> None:  # N13
    assert judge(WAITING, staffed_days_left=0, days_left=3).tier == "escalate"


def test_the_day_after_the_deadline_is_passed() -> None:  # N10
    passed = judge(WAITING, state="overdue", staffed_days_left=0, days_left=-1)
    assert passed == Verdict("passed", "deadline_passed")


@pytest.mark.parametrize(("staffed", "tier"), [(4, None), (3, "plan"), (2, "plan"), (1, "act"), (0, "act")])
def test_an_information_clock_has_two_steps(staffed: int, tier: str | None) -> None:  # N15-N17, N132
    assert judge(INFORMATION, staffed_days_left=staffed, days_left=staffed).tier == tier


def test_an_information_clock_past_its_deadline_is_passed() -> None:  # N18
    assert judge(INFORMATION, state="overdue", staffed_days_left=0, days_left=-2).tier == "passed"


def test_an_information_clock_is_passed_on_the_saturday_after_its_deadline() -> None:
    # Counted in working days nothing has gone by yet, but the deadline has.
    assert judge(INFORMATION, state="overdue", staffed_days_left=0, days_left=0).tier == "passed"


def test_a_late_offer_is_act_at_once() -> None:  # N72, N87
    assert judge(WAITING, staffed_days_left=7, late_offer=True) == Verdict("act", "late_offer")


def test_a_late_offer_with_time_enough_is_act_too() -> None:
    assert judge(WAITING, late_offer=True) == Verdict("act", "late_offer")


def test_a_late_offer_does_not_lower_a_higher_tier() -> None:
    assert judge(WAITING, staffed_days_left=2, late_offer=True) == Verdict("refer", "staffed_days_left")


def test_a_late_offer_does_not_hide_a_passed_deadline() -> None:  # N126
    assert judge(WAITING, state="overdue", days_left=-4, staffed_days_left=0, late_offer=True).tier == "passed"


def test_a_timely_date_that_stands_needs_nothing() -> None:  # N73, N74, N81, N84
    verdict = judge(WAITING, staffed_days_left=3, timely_standing=True, timely_ahead=True)
    assert verdict == Verdict(None, "timely_date_stands")


def test_an_offered_date_gone_by_without_a_start_is_act_and_no_more() -> None:  # N82, N128
    verdict = judge(WAITING, state="unconfirmed", staffed_days_left=1, days_left=1, timely_standing=True)
    assert verdict == Verdict("act", "start_not_registered")


def test_unconfirmed_needs_nothing_while_another_timely_date_is_ahead() -> None:  # N144
    verdict = judge(WAITING, state="unconfirmed", staffed_days_left=3, timely_standing=True, timely_ahead=True)
    assert verdict == Verdict(None, "timely_date_stands")


def test_unconfirmed_past_the_deadline_is_passed() -> None:  # N83
    verdict = judge(WAITING, state="unconfirmed", staffed_days_left=0, days_left=-2, timely_standing=True)
    assert verdict == Verdict("passed", "deadline_passed")


@pytest.mark.parametrize("state", ["closed", "paused", "patient_choice"])
def test_closed_paused_and_patient_choice_have_no_tier(state: str) -> None:  # N68, N76, N77
    assert judge(WAITING, state=state, days_left=-3, staffed_days_left=0, late_offer=True) == Verdict(None, state)


def test_without_a_timely_date_the_days_decide() -> None:  # N75, N78, N79, N80
    assert judge(WAITING, staffed_days_left=3).tier == "refer"


def test_a_ladder_with_fewer_steps_skips_the_missing_ones() -> None:
    assert tier_of(replace(WAITING, staffed_days_left=0), Thresholds((("plan", 7),))).tier == "plan"


def test_tiers_are_ordered_from_mild_to_grave() -> None:
    assert [rank(tier) for tier in (None, *TIERS)] == [0, 1, 2, 3, 4, 5]
