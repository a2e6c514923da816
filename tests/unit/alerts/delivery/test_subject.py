"""The subject: tier, count, what to do and where, for each thing that can be told."""

from typing import Any

import pytest

from alerts.delivery.message import Item
from alerts.delivery.subject import LONGEST_UNIT, subject
from alerts.recipients import Recipient
from tests.unit.alerts.delivery.made import item, message

ENGLISH = Recipient("surgery", "mail", "surgery@region.example", "en")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Handl nu: 1 frist mangler en dato – Kirurgisk afd."),
        ({"tier": "plan"}, "Planlæg: 1 frist mangler en dato – Kirurgisk afd."),
        ({"tier": "escalate"}, "Eskalér i dag: 1 frist skal til regionen og Specialenheden – Kirurgisk afd."),
        ({"tier": "passed"}, "Overskredet: 1 frist er passeret, start straks – Kirurgisk afd."),
        ({"what": "not_acknowledged"}, "Ingen har kvitteret · Handl nu: 1 frist mangler en dato – Kirurgisk afd."),
        ({"what": "handed_over"}, "Givet videre · Handl nu: 1 frist mangler en dato – Kirurgisk afd."),
        (
            {"what": "lowered", "tier": None},
            "Haster mindre · Ingen handling nu: 1 frist uden varsel nu – Kirurgisk afd.",
        ),
        ({"what": "over", "tier": None, "reason": "closed"}, "Slut: 1 frist kræver ikke mere – Kirurgisk afd."),
        (
            {"what": "over", "tier": None, "reason": "paused"},
            "Ingen handling nu: 1 frist uden varsel nu – Kirurgisk afd.",
        ),
        (
            {"what": "over", "tier": None, "reason": "closed", "after_passed": True},
            "Husk at indberette: 1 frist har stået som overskredet – Kirurgisk afd.",
        ),
        ({"what": "wrong", "tier": None}, "Trukket tilbage: 1 frist skulle ikke have haft varsel – Kirurgisk afd."),
        ({"unit_name": "", "unit": None}, "Handl nu: 1 frist mangler en dato – ukendt afdeling"),
    ],
)
def test_one_alert_says_what_to_do_and_where(changes: dict[str, Any], text: str) -> None:
    assert subject(message(item(**changes))) == text


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([item(), item()], "Handl nu: 2 frister mangler en dato – Kirurgisk afd."),
        ([item(tier="plan"), item()], "Handl nu: 1 frist mangler en dato (+1 andre) – Kirurgisk afd."),
        ([item(), item(unit_name="Onkologisk afd.")], "Handl nu: 2 frister mangler en dato – 2 afdelinger"),
        ([item(what="over"), item()], "Handl nu: 1 frist mangler en dato (+1 andre) – Kirurgisk afd."),
        (
            [item(what="over", reason="closed"), item(what="over", reason="timely_date_stands")],
            "Slut: 2 frister kræver ikke mere – Kirurgisk afd.",
        ),
        (
            [item(what="over", reason="closed"), item(what="over", reason="paused")],
            "Ingen handling nu: 2 frister uden varsel nu – Kirurgisk afd.",
        ),
    ],
)
def test_a_digest_says_the_most_urgent_first(items: list[Item], text: str) -> None:
    assert subject(message(*items)) == text


def test_the_subject_is_in_the_recipients_language() -> None:
    assert subject(message(item(), recipient=ENGLISH)) == "Act now: 1 deadline has no date – Kirurgisk afd."


def test_a_test_and_the_ledgers_head_say_that_they_are_that() -> None:
    assert subject(message()) == "Test: varsler fra Fristvagt når frem hertil"
    assert subject(message(about="head", head="x")) == "Dagens kontrolsum for varselsprotokollen – gem mailen"


def test_a_long_name_of_a_unit_is_cut() -> None:
    assert subject(message(item(unit_name="å" * 500))).endswith(f"– {'å' * (LONGEST_UNIT - 1)}…")
