"""The pages' Danish: dates, words and the sentences that say why and what now."""

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from alerts.ledger import Kind
from alerts.tiers import TIERS, Reason
from api.web import words
from api.web.dates import ago, clock_time, date_and_time, long_date, short_date
from stream.facts.steps import STEP_FIELDS
from stream.facts.vocabulary import OfferReason, Place
from stream.law.clock import LimitName, Outcome, State
from tests.web.samples import clock, closed

TODAY = date(2026, 2, 2)


def shown(**changes: Any) -> dict[str, Any]:
    return clock(days_over=0, days_left=7, staffed_days_left=5) | changes


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2026, 2, 2), "mandag den 2. februar 2026"), (date(2027, 5, 30), "søndag den 30. maj 2027")],
)
def test_a_date_in_full_has_its_weekday(day: date, text: str) -> None:
    assert long_date(day) == text


def test_a_date_in_short_has_its_year_only_where_it_is_another_one() -> None:
    assert short_date(date(2026, 3, 14), TODAY) == "lør. 14. marts"
    assert short_date(date(2027, 1, 4), TODAY) == "man. 4. jan. 2027"


def test_a_moment_is_shown_in_danish_time() -> None:
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert clock_time(summer) == "00.30"
    assert date_and_time(summer) == "tor. 2. juli 2026 kl. 00.30"


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 sekund"), (59, "59 sekunder"), (60, "1 minut"), (7300, "2 timer")]
)
def test_a_span_is_told_in_words(seconds: float, text: str) -> None:
    assert ago(seconds) == text


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("states", get_args(State)),
        ("outcomes", get_args(Outcome)),
        ("limits", get_args(LimitName)),
        ("places", get_args(Place)),
        ("offer_reasons", get_args(OfferReason)),
        ("reasons", get_args(Reason)),
        ("kinds", get_args(Kind)),
        ("steps", list(STEP_FIELDS)),
        ("tiers", [*TIERS, "none"]),
    ],
)
def test_there_is_a_word_for_everything_that_can_be_shown(table: str, keys: Any) -> None:
    assert set(keys) <= words.texts()[table].keys()


def test_every_tier_has_an_icon_of_its_own_so_that_colour_is_never_alone() -> None:
    icons = [words.tier(tier)["icon"] for tier in (*TIERS, None)]
    assert len(set(icons)) == len(icons)


def test_what_has_no_word_is_shown_as_it_is() -> None:
    assert words.word("states", "novel") == "novel"


@pytest.mark.parametrize(
    ("event_type", "text"),
    [("dk.fristvagt.consent-given.v1", "Samtykke givet"), ("dk.lpr3.marker.v1", "SKS-markør")],
)
def test_a_step_is_told_in_words(event_type: str, text: str) -> None:
    assert words.step(event_type) == text


@pytest.mark.parametrize(("code", "text"), [("B01", "B01 Brystkræft"), ("B24", "B24"), (None, "")])
def test_a_package_is_its_code_and_its_name_where_it_is_known(code: str | None, text: str) -> None:
    assert words.package(code) == text


@pytest.mark.parametrize(
    ("changes", "today", "text"),
    [
        ({}, TODAY, "5 bemandede dage tilbage"),
        ({"staffed_days_left": 1}, TODAY, "1 bemandet dag tilbage"),
        ({"staffed_days_left": 0}, date(2026, 2, 9), "I dag er sidste bemandede dag"),
        ({"staffed_days_left": 0, "target": "2026-02-06"}, date(2026, 2, 8), "Sidste bemandede dag er gået"),
        ({"days_over": 1}, date(2026, 2, 10), "1 dag over fristen"),
        ({"days_over": 3, "day_unit": "working"}, date(2026, 2, 12), "3 hverdage over fristen"),
    ],
)
def test_time_left_is_told_in_words(changes: dict[str, Any], today: date, text: str) -> None:
    assert words.time_left(shown(**changes), today) == text


def test_a_closed_clock_tells_its_outcome() -> None:
    assert words.time_left(closed(), TODAY) == "Inden for fristen"


LATE = {"offered_date": "2026-02-12", "late_offer": True, "reason": "late_offer"}
GONE = {"offered_date": "2026-01-30", "state": "unconfirmed", "reason": "start_not_registered"}
STANDS = {"offered_date": "2026-02-06", "tier": None, "reason": "timely_date_stands"}
INFORM = {"right": "information.referral", "day_unit": "working"}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Der er ingen dato til patienten endnu."),
        (LATE, "Den tilbudte dato, tor. 12. feb., ligger efter fristen."),
        (GONE, "Den tilbudte dato, fre. 30. jan., er gået, men starten er ikke registreret."),
        (STANDS, "Patienten har en dato inden for fristen: fre. 6. feb."),
        (INFORM, "Det er ikke registreret, at patienten har fået besked om tid og sted."),
        ({"state": "paused"}, "Ventetiden er sat på pause af helbredsgrunde. Fristen flytter sig, til pausen slutter."),
        ({"state": "patient_choice"}, "Patienten har sagt nej til en dato inden for fristen. Det er dokumenteret."),
        ({"state": "closed", "outcome": "not_complied"}, "Reglerne er ikke overholdt."),
    ],
)
def test_the_reason_is_told_in_plain_words(changes: dict[str, Any], text: str) -> None:
    assert words.why(shown(**changes), TODAY) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tier": "plan"}, "Book en dato"),
        ({"tier": "act"}, "Find en dato på eget hospital"),
        ({"tier": "act"} | LATE, "Find en dato inden for fristen"),
        ({"tier": "act"} | GONE, "Registrer starten, eller find en ny dato"),
        ({"tier": "refer"} | LATE, "Tilbyd et andet hospital, konkret og skriftligt"),
        ({"tier": "passed"}, "Start straks, og indberet årsagen"),
        (
            {"tier": "passed"} | GONE,
            "Registrer starten. Er den ikke sket, så start straks, og indberet årsagen",
        ),
        ({"tier": "act"} | INFORM, "Giv patienten besked om tid og sted, og registrer det"),
        ({"tier": "passed"} | INFORM, "Giv besked straks, og indberet"),
        (STANDS, "Ingen handling nu"),
    ],
)
def test_what_to_do_now_fits_the_tier_and_its_reason(changes: dict[str, Any], text: str) -> None:
    assert words.cure(shown(**changes)) == text
