"""The explanation: pauses, offers, transfers, repetitions and ends."""

from datetime import date

import pytest
from msgspec.structs import replace

from stream.law.clock import Note
from stream.law.fact import Fact, Ref
from tests.unit.law.build import SOURCE, UNIT, clock, fact
from tests.unit.law.told import explained, items, rules, text, texts

HEALTH = {"reason": "health", "documented": True}
RIGHT = "cancer.treatment"
OTHER_UNIT = "950441000016000"


def consent(on: str = "2026-02-02") -> Fact:
    return fact("consent-given", on, line="initial")


def offer(on: str, offered: str, place: str = "own", *, concrete: bool = True, name: str = "offer") -> Fact:
    fields = {"for": "treatment", "place": place, "concrete": concrete}
    return fact("date-offered", on, id=name, offered_date=offered, **fields)


def answer(on: str, said: str, *, documented: bool = True) -> Fact:
    return fact("offer-answered", on, offer="offer", answer=said, documented=documented)


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


@pytest.mark.parametrize(
    ("offered", "said", "rule"),
    [
        ("2026-02-12", None, "offer.standing"),
        ("2026-02-12", "accepted", "offer.accepted"),
        ("2026-02-20", "accepted", "offer.accepted_late"),
        ("2026-02-12", "declined", "offer.declined"),
        ("2026-02-12", "postponed", "offer.postponed"),
    ],
)
def test_an_offer_says_what_the_patient_answered(offered: str, said: str | None, rule: str) -> None:
    answers = [answer("2026-02-04", said)] if said else []
    found = items(RIGHT, consent(), offer("2026-02-03", offered), *answers, at="2026-02-05")
    assert [each for each in rules(found) if each.startswith("offer.")] == [rule]


@pytest.mark.parametrize("said", ["declined", "postponed"])
def test_a_refusal_without_documentation_is_said_not_to_count(said: str) -> None:
    facts = [consent(), offer("2026-02-03", "2026-02-12"), answer("2026-02-04", said, documented=False)]
    told = text(items(RIGHT, *facts, at="2026-02-05"), f"offer.{said}_undocumented")
    assert told.endswith("ikke dokumenteret og tæller derfor ikke som patientens eget valg.")


@pytest.mark.parametrize(("by", "rule"), [("hospital", "offer.withdrawn"), ("patient", "offer.postponed")])
def test_a_cancelled_offer_says_who_cancelled_it(by: str, rule: str) -> None:
    cancelled = fact("date-cancelled", "2026-02-04", offer="offer", by=by)
    found = items(RIGHT, consent(), offer("2026-02-03", "2026-02-12"), cancelled, at="2026-02-05")
    assert text(found, rule)


FAR = {"step": "offer-answered", "answer": "declined", "reason": "distance"}
YES = {"step": "offer-answered", "answer": "accepted"}
THEY = {"step": "date-cancelled", "by": "hospital", "reason": "capacity"}
I_DO = {"step": "date-cancelled", "by": "patient", "reason": "family"}


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([FAR], "distance"),
        ([FAR, YES], None),
        ([FAR, THEY], "capacity"),
        ([THEY, FAR], "capacity"),
        ([I_DO, FAR], "family"),
    ],
)
def test_an_offer_has_the_reason_of_what_became_of_it(steps: list[dict[str, str]], reason: str | None) -> None:
    heard = [fact(on=f"2026-02-0{day}", offer="offer", **said) for day, said in enumerate(steps, 4)]
    found = clock(RIGHT, consent(), offer("2026-02-03", "2026-02-12", "abroad"), *heard, at="2026-02-06")
    assert [each.reason for each in found.offers] == [reason]


def test_an_offer_that_was_not_concrete_is_said_not_to_count() -> None:
    vague = offer("2026-02-03", "2026-02-12", "private", concrete=False)
    assert text(items(RIGHT, consent(), vague, at="2026-02-05"), "offer.not_concrete")


def test_an_offer_says_where_when_and_whether_in_time() -> None:
    told = text(items(RIGHT, consent(), offer("2026-02-03", "2026-02-20", "abroad"), at="2026-02-05"), "offer.standing")
    assert told == (
        "Patienten fik tilbudt en tid fredag den 20. februar 2026 på et hospital i udlandet. "
        "Tiden ligger efter fristen. Tilbuddet står ved magt."
    )


def test_an_offer_at_an_unknown_place_is_elsewhere() -> None:
    told = items(RIGHT, consent(), offer("2026-02-03", "2026-02-12", "moon"), at="2026-02-05")
    assert "2026 et andet sted." in text(told, "offer.standing")


def test_a_newer_own_offer_takes_the_place_of_the_older() -> None:
    newer = offer("2026-02-04", "2026-02-13", name="newer")
    told = items(RIGHT, consent(), offer("2026-02-03", "2026-02-12"), newer, at="2026-02-05")
    assert [rule for rule in rules(told) if rule.startswith("offer.")] == ["offer.replaced", "offer.standing"]


def test_a_date_gone_by_without_a_start_asks_for_the_registration() -> None:
    told = items(RIGHT, consent(), offer("2026-02-03", "2026-02-12"), at="2026-02-13")
    assert text(told, "state.unconfirmed").startswith("Den tilbudte tid torsdag den 12. februar 2026 er passeret")


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
