"""Which clock opens, on which line, and what closes it: where the golden cases leave a question."""

from tests.unit.law.build import clock, clocks, fact, rights

WORKUP = {"purpose": "workup", "condition": "cancer"}
TREATMENT = {"purpose": "treatment", "condition": "cancer"}


def test_a_relapse_referral_to_treatment_opens_a_new_line_too() -> None:
    facts = [
        fact("referral-received", "2026-02-02", **TREATMENT),
        fact("referral-received", "2026-02-06", relapse=True, **TREATMENT),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-09", line=2).started_on.isoformat() == "2026-02-06"


def test_a_relapse_typed_on_the_day_of_the_start_opens_a_line_all_the_same() -> None:
    facts = [
        fact("referral-received", "2026-02-02", **WORKUP),
        fact("workup-started", "2026-02-06T09:00", attendance="physical"),
        fact("referral-received", "2026-02-06T10:00", relapse=True, **WORKUP),
    ]
    assert clock("cancer.workup", *facts, at="2026-02-09", line=2).state == "running"


def test_a_repeat_on_the_day_of_the_start_starts_no_information_duty() -> None:
    facts = [
        fact("referral-received", "2026-02-02", **WORKUP),
        fact("workup-started", "2026-02-06T09:00", attendance="physical"),
        fact("referral-received", "2026-02-06T10:00", **WORKUP),
    ]
    assert rights(*facts, at="2026-02-09") == ["cancer.workup", "information.referral"]


def test_a_start_typed_before_referral_and_consent_of_its_day_closes_the_line_with_both() -> None:
    facts = [
        fact("treatment-started", "2026-02-02T08:00"),
        fact("referral-received", "2026-02-02T09:00", **TREATMENT),
        fact("consent-given", "2026-02-02T10:00", line="initial"),
    ]
    closed = clock("cancer.treatment", *facts, at="2026-02-03")
    assert (closed.outcome, closed.binding) == ("within", "consent")


def test_a_line_left_without_a_limit_keeps_its_number() -> None:
    facts = [
        fact("conference-decided", "2026-02-02", decision="treatment"),
        fact("conference-decided", "2026-02-05", decision="more_workup"),
        fact("consent-given", "2026-02-10", line="initial"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-11").deadline.isoformat() == "2026-02-24"


def test_a_line_that_becomes_a_clock_again_belongs_to_the_unit_that_started_it_anew() -> None:
    facts = [
        fact("conference-decided", "2026-02-02", decision="treatment", unit="A"),
        fact("conference-decided", "2026-02-05", decision="more_workup", unit="A"),
        fact("conference-decided", "2026-02-10", decision="treatment", unit="B"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-11").unit == "B"


def test_revascularisation_without_a_heart_referral_belongs_to_no_cancer_right() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial", modality="revascularisation"),
        fact("conference-decided", "2026-02-02", decision="treatment", modality="revascularisation"),
    ]
    assert rights(*facts, at="2026-02-03") == []


def test_a_revascularisation_closes_no_cancer_clock() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial", modality="surgery"),
        fact("treatment-started", "2026-02-03", modality="revascularisation"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-04").state == "running"


def test_the_first_heart_referral_to_treatment_names_the_pathway_before_an_earlier_work_up() -> None:
    facts = [
        fact("referral-received", "2026-02-01", purpose="workup", condition="unstable_angina"),
        fact("referral-received", "2026-02-02", purpose="treatment", condition="left_main"),
        fact("consent-given", "2026-02-03", line="initial"),
    ]
    assert clock("heart.left_main", *facts, at="2026-02-04").binding == "consent"


def test_a_heart_consent_counts_once_the_referral_exists_whatever_start_was_registered_before() -> None:
    facts = [
        fact("consent-given", "2026-02-01", line="initial", condition="left_main"),
        fact("treatment-started", "2026-02-20T09:00", modality="revascularisation", condition="left_main"),
        fact("referral-received", "2026-02-20T10:00", purpose="treatment", condition="left_main"),
    ]
    late = clock("heart.left_main", *facts, at="2026-02-21")
    assert (late.deadline.isoformat(), late.outcome, late.days_over) == ("2026-02-11", "not_complied", 9)


def test_a_heart_consent_before_the_pathway_ended_does_not_count_for_a_later_referral() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial", condition="post_mi"),
        fact("pathway-ended", "2026-02-05", reason="patient_wish"),
        fact("referral-received", "2026-03-10", purpose="treatment", condition="post_mi"),
    ]
    assert clock("heart.post_mi", *facts, at="2026-03-11").binding == "referral"


def test_after_more_work_up_a_conference_starts_the_heart_referral_limit_anew() -> None:
    facts = [
        fact("referral-received", "2026-02-02", purpose="treatment", condition="left_main"),
        fact("conference-decided", "2026-02-04", decision="more_workup"),
        fact("conference-decided", "2026-02-10", decision="treatment"),
    ]
    assert clock("heart.left_main", *facts, at="2026-02-11").deadline.isoformat() == "2026-02-24"


def test_after_treatment_in_a_heart_pathway_is_closed_by_its_own_start() -> None:
    facts = [
        fact("referral-received", "2026-02-02", purpose="treatment", condition="left_main"),
        fact("referral-received", "2026-02-03", purpose="aftertreatment", condition="cancer"),
        fact("aftertreatment-started", "2026-02-05"),
    ]
    found = {each.right: each.state for each in clocks(*facts, at="2026-02-06")}
    assert (found["cancer.aftertreatment"], found["heart.left_main"]) == ("closed", "running")


def test_an_unknown_condition_is_read_as_the_pathways_or_cancer() -> None:
    facts = [fact("referral-received", "2026-02-02", purpose="workup", condition="gout")]
    assert "cancer.workup" in rights(*facts, at="2026-02-03")


def test_a_referral_of_unknown_purpose_still_starts_the_information_duty() -> None:
    facts = [fact("referral-received", "2026-02-02", condition="cancer")]
    assert rights(*facts, at="2026-02-03") == ["information.referral"]


def test_an_excluded_right_can_open_again_by_a_new_start() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial"),
        fact("right-excluded", "2026-02-03", right="cancer.treatment", reason="other"),
        fact("consent-given", "2026-02-10", line="initial"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-11", line=2).state == "running"


def test_an_offer_in_a_heart_pathway_belongs_to_the_heart_clock() -> None:
    facts = [
        fact("referral-received", "2026-02-02", purpose="treatment", condition="left_main"),
        fact("consent-given", "2026-02-02", line="initial", condition="cancer"),
        fact(
            "date-offered", "2026-02-03", **{"for": "treatment"}, offered_date="2026-02-12", place="own", concrete=True
        ),
    ]
    found = {each.right: each.offered_date for each in clocks(*facts, at="2026-02-04")}
    assert found["heart.left_main"] is not None
    assert found["cancer.treatment"] is None


def test_a_date_cancelled_by_the_patient_does_not_come_back_by_an_answer() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial"),
        fact(
            "date-offered",
            "2026-02-03",
            id="o",
            **{"for": "treatment"},
            offered_date="2026-02-12",
            place="own",
            concrete=True,
        ),
        fact("date-cancelled", "2026-02-04", offer="o", by="patient"),
        fact("offer-answered", "2026-02-05", offer="o", answer="accepted", documented=True),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-06").state == "patient_choice"


def test_an_answer_that_comes_before_its_offer_counts() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial"),
        fact("offer-answered", "2026-02-03T08:00", offer="o", answer="declined", documented=True),
        fact(
            "date-offered",
            "2026-02-03T09:00",
            id="o",
            **{"for": "treatment"},
            offered_date="2026-02-12",
            place="own",
            concrete=True,
        ),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-06").state == "patient_choice"


def test_the_older_own_date_does_not_come_back_when_the_newer_falls() -> None:
    offer = {"for": "treatment", "place": "own", "concrete": True}
    facts = [
        fact("consent-given", "2026-02-02", line="initial"),
        fact("date-offered", "2026-02-03", offered_date="2026-02-10", **offer),
        fact("date-offered", "2026-02-04", id="newer", offered_date="2026-02-12", **offer),
        fact("date-cancelled", "2026-02-05", offer="newer", by="hospital"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-06").offered_date is None


def test_every_clock_lists_the_facts_that_made_it() -> None:
    facts = [
        fact("consent-given", "2026-02-02", id="consent", line="initial"),
        fact("wait-paused", "2026-02-04", id="pause", reason="health", documented=True),
        fact("wait-resumed", "2026-02-06", id="resume"),
        fact("treatment-started", "2026-02-12", id="start"),
        fact("escalated", "2026-02-12", id="rung", to="region"),
    ]
    assert {ref.id for ref in clock("cancer.treatment", *facts, at="2026-02-13").facts} == {
        "consent",
        "pause",
        "resume",
        "start",
    }


def test_a_moved_operation_leaves_the_dates_of_a_closed_clock_alone() -> None:
    facts = [
        fact("consent-given", "2026-02-02", line="initial"),
        fact(
            "date-offered", "2026-02-03", **{"for": "treatment"}, offered_date="2026-02-06", place="own", concrete=True
        ),
        fact("treatment-started", "2026-02-06"),
        fact("surgery-moved", "2026-02-09", new_date="2026-02-20"),
    ]
    offered = clock("cancer.treatment", *facts, at="2026-02-10").offered_date
    assert offered is not None
    assert offered.isoformat() == "2026-02-06"


def test_what_opens_under_an_excluded_diagnosis_is_not_covered_whatever_start_was_typed_early() -> None:
    facts = [
        fact("diagnosis-set", "2026-02-02", code="DC449"),
        fact("treatment-started", "2026-02-10T08:00"),
        fact("consent-given", "2026-02-10T09:00", line="initial"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-11").outcome == "not_covered"


def test_a_consent_on_the_day_of_a_start_belongs_to_the_line_it_closed_beside_a_relapse_of_that_day() -> None:
    facts = [
        fact("consent-given", "2026-02-10", line="initial"),
        fact("treatment-started", "2026-02-20T08:00"),
        fact("referral-received", "2026-02-20T09:00", relapse=True, **TREATMENT),
        fact("consent-given", "2026-02-20T10:00", line="initial"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-21", line=2).binding == "referral"


def test_a_conference_typed_after_a_second_start_of_its_day_opens_no_line() -> None:
    facts = [
        fact("consent-given", "2026-01-05", line="initial"),
        fact("treatment-started", "2026-01-10"),
        fact("treatment-started", "2026-02-05T08:00"),
        fact("conference-decided", "2026-02-05T09:00", decision="treatment"),
    ]
    assert [each.line for each in clocks(*facts, at="2026-02-06")] == [1]


def test_a_conference_typed_after_the_first_start_of_its_day_is_closed_by_it() -> None:
    facts = [
        fact("treatment-started", "2026-02-05T08:00"),
        fact("treatment-started", "2026-02-05T08:30"),
        fact("conference-decided", "2026-02-05T09:00", decision="treatment"),
    ]
    assert clock("cancer.treatment", *facts, at="2026-02-06").outcome == "within"


def test_more_work_up_ends_the_limit_of_the_newest_open_line_only() -> None:
    facts = [
        fact("referral-received", "2026-02-02", **TREATMENT),
        fact("referral-received", "2026-02-06", relapse=True, **TREATMENT),
        fact("conference-decided", "2026-02-09", decision="more_workup"),
    ]
    assert [each.line for each in clocks(*facts, at="2026-02-10") if each.right == "cancer.treatment"] == [1]


def test_a_work_up_referral_of_another_condition_repeats_an_open_work_up_clock() -> None:
    facts = [
        fact("referral-received", "2026-02-02", **WORKUP),
        fact("referral-received", "2026-02-04", purpose="workup", condition="left_main"),
    ]
    assert rights(*facts, at="2026-02-05") == ["cancer.workup", "information.referral"]


def test_a_date_of_another_century_is_counted_like_any_other() -> None:
    typed = clock("cancer.workup", fact("referral-received", "1926-02-02", **WORKUP), at="2026-02-05")
    assert (typed.deadline.isoformat(), typed.state) == ("1926-02-16", "overdue")
