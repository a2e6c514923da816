"""Each step of the contract: its fields as the law reads them, and what stands for the unknown."""

from datetime import date
from typing import Any

import pytest

from stream.facts.envelope import STEP_OF_TYPE
from stream.facts.steps import STEP_FIELDS
from stream.law.fact import STEP_RANK, Ref
from tests.unit.facts.samples import SOURCE, UNIT, accepted, event, fields, marks

WHOLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "referral-received": (
        {"purpose": "workup", "condition": "cancer", "package": "B01", "route": "gp", "relapse": True},
        {"purpose": "workup", "condition": "cancer", "package": "B01", "route": "gp", "relapse": True},
    ),
    "workup-started": ({"attendance": "physical"}, {"attendance": "physical"}),
    "workup-completed": ({}, {}),
    "conference-decided": (
        {"decision": "more_workup", "modality": "medical", "condition": "cancer"},
        {"decision": "more_workup", "modality": "medical", "condition": "cancer"},
    ),
    "consent-given": (
        {"modality": "surgery", "line": "aftertreatment", "condition": "left_main"},
        {"modality": "surgery", "line": "aftertreatment", "condition": "left_main"},
    ),
    "date-offered": (
        {"for": "treatment", "offered_date": "2026-02-12", "place": "own", "concrete": True},
        {"for": "treatment", "offered_date": date(2026, 2, 12), "place": "own", "concrete": True},
    ),
    "offer-answered": (
        {"offer": "o-1", "offer_source": "urn:b", "answer": "declined", "reason": "distance", "documented": True},
        {"offer": Ref("urn:b", "o-1"), "answer": "declined", "reason": "distance", "documented": True},
    ),
    "date-cancelled": (
        {"offer": "o-1", "by": "patient", "reason": "staff_illness"},
        {"offer": Ref(SOURCE, "o-1"), "by": "patient", "reason": "staff_illness"},
    ),
    "treatment-started": ({"modality": "revascularisation"}, {"modality": "revascularisation"}),
    "aftertreatment-started": ({"modality": "radiotherapy"}, {"modality": "radiotherapy"}),
    "patient-informed": ({"about": "rights"}, {"about": "rights"}),
    "surgery-moved": ({"new_date": "2026-02-20"}, {"new_date": date(2026, 2, 20)}),
    "wait-paused": (
        {"reason": "health", "documented": True, "expected_end": "2026-02-20"},
        {"reason": "health", "documented": True, "expected_end": date(2026, 2, 20)},
    ),
    "wait-resumed": ({}, {}),
    "diagnosis-set": ({"code": "DC449"}, {"code": "DC449"}),
    "right-excluded": (
        {"right": "cancer.treatment", "reason": "bone_marrow_transplant"},
        {"right": "cancer.treatment", "reason": "bone_marrow_transplant"},
    ),
    "escalated": ({"to": "region", "by": "unit"}, {"to": "region", "by": "unit"}),
    "unit-transferred": ({"to_unit": UNIT}, {"to_unit": UNIT}),
    "pathway-ended": ({"reason": "died"}, {"reason": "died"}),
    "fact-retracted": ({"event": "e-0", "event_source": "urn:b"}, {}),
}


def test_every_step_of_the_fold_can_be_sent_and_no_other() -> None:
    assert list(STEP_FIELDS) == list(STEP_RANK)
    assert set(STEP_OF_TYPE.values()) == set(WHOLE)


@pytest.mark.parametrize("step", WHOLE)
def test_a_whole_step_is_read_as_the_contract_says(step: str) -> None:
    sent, read = WHOLE[step]
    assert fields(step, sent) == read


@pytest.mark.parametrize("step", WHOLE)
def test_a_whole_step_is_not_odd(step: str) -> None:
    assert marks(step, WHOLE[step][0]) == set()


@pytest.mark.parametrize("step", WHOLE)
def test_every_field_of_a_step_may_hold_anything_and_the_step_still_counts(step: str) -> None:
    for value in (
        "Jens Hansen",
        "",
        -1,
        2.5,
        [],
        {},
        [1],
        {"a": 1},
        False,
        "9999-12-31T23:59:59Z",
        "\ud800",
        "0",
        "x" * 9000,
    ):
        sent = event(step, dict.fromkeys(WHOLE[step][0], value))
        assert accepted(sent).fact.step == step


@pytest.mark.parametrize("step", WHOLE)
def test_text_that_may_be_a_name_is_not_kept(step: str) -> None:
    references = {"offer", "offer_source", "event", "event_source"}
    sent = dict.fromkeys(WHOLE[step][0].keys() - references, "Jens Hansen")
    outcome = accepted(event(step, sent))
    assert "Hansen" not in f"{outcome.event} {outcome.fact.fields} {outcome.marks}"


@pytest.mark.parametrize(
    ("step", "sent", "field", "read"),
    [
        ("consent-given", {"modality": "hyperthermia"}, "modality", "unknown"),
        ("conference-decided", {"modality": 7}, "modality", "unknown"),
        ("treatment-started", {"modality": "Surgery"}, "modality", "unknown"),
        ("consent-given", {}, "line", "initial"),
        ("consent-given", {"line": "third"}, "line", "initial"),
        ("date-offered", {}, "place", "unknown"),
        ("date-offered", {"place": "the moon"}, "place", "unknown"),
        ("date-offered", {}, "concrete", False),
        ("date-offered", {"concrete": "perhaps"}, "concrete", False),
        ("offer-answered", {}, "documented", False),
        ("offer-answered", {"reason": "Aunt ill"}, "reason", "other"),
        ("wait-paused", {}, "documented", False),
        ("date-cancelled", {}, "by", "hospital"),
        ("date-cancelled", {"by": "the cat"}, "by", "hospital"),
        ("pathway-ended", {}, "reason", "other"),
        ("pathway-ended", {"reason": "lost"}, "reason", "other"),
        ("right-excluded", {"reason": "?"}, "reason", "other"),
        ("referral-received", {}, "relapse", False),
        ("diagnosis-set", {"code": " dc44 "}, "code", "DC44"),
    ],
)
def test_what_stands_for_the_missing_or_unknown(step: str, sent: dict[str, Any], field: str, read: object) -> None:
    assert fields(step, sent)[field] == read


@pytest.mark.parametrize(
    ("step", "sent", "field"),
    [
        ("consent-given", {}, "modality"),
        ("referral-received", {}, "purpose"),
        ("referral-received", {"purpose": "tea"}, "purpose"),
        ("referral-received", {"purpose": "workup"}, "condition"),
        ("referral-received", {"condition": "flu"}, "condition"),
        ("referral-received", {"package": "breast"}, "package"),
        ("referral-received", {"route": "bus"}, "route"),
        ("referral-received", {"residence": "Jens Hansen"}, "residence"),
        ("workup-started", {"attendance": "letter"}, "attendance"),
        ("conference-decided", {"decision": "lunch"}, "decision"),
        ("date-offered", {"for": "tea"}, "for"),
        ("date-offered", {"offered_date": "soon"}, "offered_date"),
        ("offer-answered", {"answer": "hmm"}, "answer"),
        ("offer-answered", {"offer_source": "urn:b"}, "offer"),
        ("surgery-moved", {"new_date": "12.2.2026"}, "new_date"),
        ("wait-paused", {"reason": "weather"}, "reason"),
        ("wait-paused", {"expected_end": "spring"}, "expected_end"),
        ("diagnosis-set", {"code": "breast cancer"}, "code"),
        ("right-excluded", {"right": "the right"}, "right"),
        ("unit-transferred", {"to_unit": "Afdeling Nord"}, "to_unit"),
        ("patient-informed", {"about": "weather"}, "about"),
        ("escalated", {"by": "Jens Hansen"}, "by"),
    ],
)
def test_what_cannot_be_read_is_left_out(step: str, sent: dict[str, Any], field: str) -> None:
    assert field not in fields(step, sent)


@pytest.mark.parametrize(
    ("step", "sent", "marked"),
    [
        ("consent-given", {"modality": "hyperthermia", "line": "initial"}, {"unknown_modality"}),
        ("consent-given", {}, {"missing_line"}),
        ("consent-given", {"line": "initial", "note": 1, "more": 2}, {"unknown_field"}),
        (
            "date-offered",
            {"for": "workup", "offered_date": "x", "concrete": True},
            {"unknown_offered_date", "missing_place"},
        ),
        ("referral-received", {"purpose": "tea"}, {"unknown_purpose", "missing_condition"}),
        ("date-cancelled", {"offer": "o-1"}, {"missing_by"}),
        ("fact-retracted", {}, {"missing_event"}),
        ("unit-transferred", {"to_unit": "440781000016008"}, {"bad_check_digit"}),
        ("unit-transferred", {"to_unit": "Afdeling Nord"}, {"unknown_unit"}),
        ("unit-transferred", {}, {"missing_to_unit"}),
    ],
)
def test_what_is_odd_is_marked(step: str, sent: dict[str, Any], marked: set[str]) -> None:
    assert marks(step, sent) == marked


def test_null_is_the_same_as_nothing() -> None:
    with_null = event("consent-given", {"line": "initial"})
    with_null["data"]["modality"] = None
    assert (accepted(with_null).marks, "modality" in accepted(with_null).fact.fields) == ((), False)


@pytest.mark.parametrize("text", ["true", "yes", 1])
def test_a_flag_that_plainly_says_yes_is_yes(text: object) -> None:
    assert fields("referral-received", {"relapse": text})["relapse"] is True


@pytest.mark.parametrize(
    "region", ["Region Midtjylland", "region sjælland", "Hovedstaden", "1084", "DK-82", "Region Østdanmark"]
)
def test_a_region_of_residence_is_kept_as_sent(region: str) -> None:
    assert fields("referral-received", {"residence": region})["residence"] == region


def test_a_diagnosis_is_the_code_of_the_fact() -> None:
    assert accepted(event("diagnosis-set", {"code": "DC43"})).fact.code == "DC43"
