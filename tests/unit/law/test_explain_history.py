"""The explanation: pauses, transfers, repetitions and ends."""

from datetime import date

import pytest
from msgspec.structs import replace

from stream.law.clock import Note
from stream.law.fact import Fact, Ref
from tests.unit.law.build import SOURCE, UNIT, answer, clock, consent, fact, offer
from tests.unit.law.told import explained, items, rules, text, texts

HEALTH = {"reason": "health", "documented": True}
RIGHT = "cancer.treatment"
OTHER_UNIT = "950441000016000"


def test_a_pause_says_by_how_many_days_it_moved_which_limit() -> None:
    facts = [consent(), fact("wait-paused", "2026-02-05", **HEALTH), fact("wait-resumed", "2026-02-09")]
    assert text(items(RIGHT, *facts, at="2026-02-10"), "pause.health") == (
        "Ventetiden var på pause af hensyn til patientens helbred fra torsdag den 5. februar 2026 til mandag den "
        "9. februar 2026. Det flytter fristen fra samtykket 4 kalenderdage: fra mandag den 16. februar 2026 til "
        "fredag den 20. februar 2026."
    )


def test_a_pause_names_the_fact_behind_it() -> None:
    facts = [consent(), fact("wait-paused", "2026-02-05", id="p", **HEALTH), fact("wait-resumed", "2026-02-09")]
    (pause,) = [item for item in items(RIGHT, *facts, at="2026-02-10") if item["rule"] == "pause.health"]
    assert pause["fact"] == {"source": SOURCE, "id": "p"}


def test_each_limit_says_how_far_a_pause_moved_it() -> None:
    facts = [
        fact("referral-received", "2026-01-26", purpose="treatment", condition="cancer"),
        fact("wait-paused", "2026-02-02", **HEALTH),
        consent("2026-02-05"),
        fact("wait-resumed", "2026-02-09"),
    ]
    told = texts(items(RIGHT, *facts, at="2026-02-10"), "pause.health")
    assert ["7 kalenderdage" in each for each in told] == [True, False]
    assert "fristen fra samtykket 4 kalenderdage" in told[1]


def test_two_pauses_move_the_date_one_after_the_other() -> None:
    facts = [
        consent(),
        fact("wait-paused", "2026-02-10", **HEALTH),
        fact("wait-resumed", "2026-02-14"),
        fact("wait-paused", "2026-02-18", **HEALTH),
        fact("wait-resumed", "2026-02-20"),
    ]
    told = texts(items(RIGHT, *facts, at="2026-02-20"), "pause.health")
    assert told[1].endswith("fra fredag den 20. februar 2026 til søndag den 22. februar 2026.")


def test_an_open_pause_says_how_far_it_has_moved_the_limit_so_far() -> None:
    told = items(RIGHT, consent(), fact("wait-paused", "2026-02-10", **HEALTH), at="2026-02-20")
    assert "Indtil nu har det flyttet fristen fra samtykket 10 kalenderdage" in text(told, "pause.health")
    assert "Sluttede pausen i dag, ville fristen være torsdag den 26. februar 2026." in text(told, "state.paused")


def test_a_pause_that_begins_today_has_moved_nothing_yet() -> None:
    told = items(RIGHT, consent(), fact("wait-paused", "2026-02-10", **HEALTH), at="2026-02-10")
    assert "pause.begun" in rules(told)
    assert "pause.health" not in rules(told)


@pytest.mark.parametrize(
    ("fields", "on", "rule"),
    [
        ({"reason": "patient", "documented": True}, "2026-02-10", "pause.patient"),
        ({"reason": "health", "documented": False}, "2026-02-10", "pause.undocumented"),
        ({"documented": True}, "2026-02-10", "pause.other"),
        (HEALTH, "2026-02-18", "pause.late"),
    ],
)
def test_a_pause_that_moves_nothing_says_why(fields: dict[str, object], on: str, rule: str) -> None:
    told = items(RIGHT, consent(), fact("wait-paused", on, **fields), at="2026-02-19")
    assert text(told, rule)
    assert "pause.health" not in rules(told)


def test_a_pause_inside_another_gives_no_further_days() -> None:
    facts = [consent(), fact("wait-paused", "2026-02-04", **HEALTH), fact("wait-paused", "2026-02-06T09:00", **HEALTH)]
    told = items(RIGHT, *facts, fact("wait-resumed", "2026-02-06T10:00"), at="2026-02-09")
    assert rules(told).count("pause.health") == 1
    assert "pause.no_days" in rules(told)


def test_a_pause_after_the_start_is_not_part_of_the_explanation() -> None:
    facts = [consent(), fact("treatment-started", "2026-02-09"), fact("wait-paused", "2026-02-12", **HEALTH)]
    assert not [rule for rule in rules(items(RIGHT, *facts, at="2026-02-13")) if rule.startswith("pause")]


def test_a_reading_in_which_all_days_run_again_says_so() -> None:
    facts = [consent(), fact("wait-paused", "2026-02-05", **HEALTH), fact("wait-resumed", "2026-02-09")]
    told = text(items(RIGHT, *facts, at="2026-02-10", reading="fresh_period"), "pause.health")
    assert told.endswith("alle dage igen efter pausen: fristen fra samtykket er nu mandag den 23. februar 2026.")


def test_a_moved_deadline_that_rolls_names_both_dates() -> None:
    facts = [consent(), fact("wait-paused", "2026-02-04", **HEALTH), fact("wait-resumed", "2026-02-09")]
    told = text(items(RIGHT, *facts, at="2026-02-10", reading="rolling"), "calendar.rolled")
    assert told.endswith("fra lørdag den 21. februar 2026 til mandag den 23. februar 2026.")


def test_an_unconfirmed_clock_past_its_deadline_says_the_days_over() -> None:
    told = items(RIGHT, consent(), offer("2026-02-03", "2026-02-12"), at="2026-02-18")
    assert text(told, "days_over") == "Det er 2 kalenderdage efter fristen, mandag den 16. februar 2026."


def test_a_refused_date_is_the_patients_choice() -> None:
    facts = [consent(), offer("2026-02-03", "2026-02-12"), answer("2026-02-04", "declined")]
    assert "state.patient_choice" in rules(items(RIGHT, *facts, at="2026-02-05"))


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ([fact("wait-paused", "2026-02-05", **HEALTH), fact("wait-resumed", "2026-02-12")], "over_health"),
        ([offer("2026-02-03", "2026-02-12"), answer("2026-02-04", "declined")], "over_patient_wish"),
        ([offer("2026-02-03", "2026-02-12", "private"), answer("2026-02-04", "declined")], "over_capacity_offered"),
    ],
)
def test_a_lawful_overrun_says_that_the_rules_were_kept(facts: list[Fact], outcome: str) -> None:
    told = items(RIGHT, consent(), *facts, fact("treatment-started", "2026-02-20"), at="2026-02-21")
    assert "Reglerne er overholdt." in text(told, f"outcome.{outcome}")


def test_days_over_after_a_pause_are_said_to_be_counted_without_it() -> None:
    facts = [consent(), fact("wait-paused", "2026-02-05", **HEALTH), fact("wait-resumed", "2026-02-12")]
    told = items(RIGHT, *facts, fact("treatment-started", "2026-02-20"), at="2026-02-21")
    assert text(told, "days_over").endswith("den oprindelige frist, mandag den 16. februar 2026, regnet uden pauser.")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("refuted", "Forløbet sluttede, fordi mistanken blev afkræftet."),
        ("died", "Forløbet sluttede, fordi patienten døde."),
        ("of_a_later_version", "Forløbet sluttede."),
    ],
)
def test_an_interrupted_clock_says_why_and_has_no_deadline_ahead(reason: str, said: str) -> None:
    told = items(RIGHT, consent(), fact("pathway-ended", "2026-02-05", reason=reason), at="2026-02-06")
    assert text(told, "interrupted") == said
    assert rules(told)[-1] == "outcome.interrupted"


def test_an_interruption_after_the_deadline_still_shows_the_deadline() -> None:
    told = items(RIGHT, consent(), fact("pathway-ended", "2026-02-18", reason="other"), at="2026-02-19")
    assert {"deadline", "days_over", "outcome.interrupted"} <= set(rules(told))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("bone_marrow_transplant", "knoglemarvstransplantation"),
        ("not_cancer_treatment", "ikke en kræftbehandling"),
        ("other", "ikke er omfattet af reglerne"),
    ],
)
def test_a_clock_that_is_not_covered_says_why_and_shows_no_deadline(reason: str, said: str) -> None:
    told = items(RIGHT, consent(), fact("right-excluded", "2026-02-05", right=RIGHT, reason=reason), at="2026-02-06")
    assert said in text(told, "not_covered")
    assert "deadline" not in rules(told)


def test_a_diagnosis_that_is_not_covered_is_named_as_the_reason() -> None:
    skin = replace(fact("diagnosis-set", "2026-02-05"), fields={"code": "DC449"})
    told = items(RIGHT, consent(), skin, at="2026-02-06")
    assert text(told, "not_covered").startswith("Diagnosen er ikke omfattet")


def test_a_repeated_consent_is_said_to_change_nothing() -> None:
    told = items(RIGHT, consent(), consent("2026-02-06"), at="2026-02-09")
    assert text(told, "repeat").startswith("Patienten gav samtykke igen. Det ændrer ikke fristen")


def test_a_repeat_of_an_unknown_limit_is_told_plainly() -> None:
    found = clock(RIGHT, consent(), at="2026-02-03")
    again = Note(date(2026, 2, 3), "repeat", Ref("s", "1"))
    told = explained(replace(found, notes=(again,)), "2026-02-03")
    assert text(told, "repeat").startswith("Det samme er registreret")


def test_more_workup_ends_the_referral_limit_and_the_next_decision_starts_it_anew() -> None:
    facts = [
        fact("conference-decided", "2026-02-02", decision="treatment"),
        fact("conference-decided", "2026-02-06", decision="more_workup"),
        fact("conference-decided", "2026-02-13", decision="treatment"),
    ]
    told = items(RIGHT, *facts, at="2026-02-14")
    assert rules(told)[:4] == ["opened", "limit.started", "limit_ended", "limit.referral"]


def test_a_second_line_says_that_the_right_begins_again() -> None:
    facts = [consent(), fact("treatment-started", "2026-02-09"), consent("2026-03-02")]
    told = items(RIGHT, *facts, at="2026-03-03", line=2)
    assert text(told, "opened").startswith("Her begynder samme ret igen, nr. 2 i forløbet: behandling for kræft")


def test_a_transfer_names_both_units_and_says_that_the_limit_runs_on() -> None:
    told = items(RIGHT, consent(), fact("unit-transferred", "2026-02-05", to_unit=OTHER_UNIT), at="2026-02-06")
    assert text(told, "transferred") == (
        f"Ansvaret gik fra afdeling {UNIT} til afdeling {OTHER_UNIT}. Fristen løber videre."
    )


def test_a_transfer_from_an_unknown_unit_names_the_new_one() -> None:
    found = clock(RIGHT, consent(), at="2026-02-06")
    moved = Note(date(2026, 2, 5), "transferred", None, (("from", ""), ("to", OTHER_UNIT)))
    told = explained(replace(found, notes=(moved,)), "2026-02-06")
    assert text(told, "transferred").startswith(f"Ansvaret gik til afdeling {OTHER_UNIT}.")


def test_what_joined_the_start_of_its_day_is_said_to_belong_to_it() -> None:
    found = clock(RIGHT, consent(), at="2026-02-06")
    told = explained(replace(found, notes=(Note(date(2026, 2, 5), "joined_same_day", None),)), "2026-02-06")
    assert text(told, "joined_same_day").endswith("samme dag som starten og hører til den.")
