"""The explanation: offered dates and what became of them."""

import pytest

from tests.unit.law.build import answer, clock, consent, fact, offer
from tests.unit.law.told import items, rules, text

RIGHT = "cancer.treatment"


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
        ([THEY, I_DO], "capacity"),
        ([I_DO, THEY], "capacity"),
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
