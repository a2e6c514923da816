"""Two readings on the same facts: each setting of the rulebook changes what it says, and nothing else."""

from tests.unit.law.build import clock, fact, rights

CONSENT = fact("consent-given", "2025-10-19", line="initial")


def test_in_force_no_limit_rolls_to_a_working_day() -> None:
    assert clock("cancer.treatment", CONSENT, at="2025-10-20").deadline.isoformat() == "2025-11-02"


def test_a_rolling_reading_moves_a_sunday_to_monday() -> None:
    assert clock("cancer.treatment", CONSENT, at="2025-10-20", reading="rolling").deadline.isoformat() == "2025-11-03"


def test_a_rolling_reading_leaves_working_day_limits_alone() -> None:
    referral = fact("referral-received", "2016-06-07", purpose="workup", condition="cancer")
    rolled = clock("information.referral", referral, at="2016-06-08", reading="rolling")
    assert rolled.deadline.isoformat() == "2016-06-17"


def test_the_step_guide_knows_no_cap_from_the_referral_to_after_treatment() -> None:
    referral = fact("referral-received", "2026-02-02", purpose="aftertreatment", condition="cancer")
    assert "cancer.aftertreatment" in rights(referral, at="2026-02-03")
    consent = fact("consent-given", "2026-02-25", line="aftertreatment")
    deadlines = [
        clock("cancer.aftertreatment", referral, consent, at="2026-02-26", reading=reading).deadline.isoformat()
        for reading in ("in_force", "step_guide_2024")
    ]
    assert deadlines == ["2026-03-02", "2026-03-11"]


def test_a_fresh_period_runs_from_the_day_the_patient_is_fit() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial"),
        fact("wait-paused", "2026-02-04", reason="health", documented=True),
        fact("wait-resumed", "2026-02-09"),
    ]
    deadlines = [
        clock("cancer.treatment", *facts, at="2026-02-10", reading=reading).deadline.isoformat()
        for reading in ("in_force", "fresh_period")
    ]
    assert deadlines == ["2026-02-21", "2026-02-23"]


def test_half_holidays_can_be_read_as_no_working_days() -> None:
    referral = fact("referral-received", "2024-12-17", purpose="workup", condition="cancer")
    deadlines = [
        clock("information.referral", referral, at="2024-12-18", reading=reading).deadline.isoformat()
        for reading in ("in_force", "closed_half_holidays")
    ]
    assert deadlines == ["2024-12-31", "2025-01-03"]
