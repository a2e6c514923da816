"""What a clock's page says of acts: who has it, until when it rests, the ladder, the history, and a form's mistakes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from alerts.commands import KINDS, RUNGS, Answer, ErrorReason, NoteReason, SnoozeReason
from alerts.deciding import REFUSALS
from alerts.tiers import TIERS, Tier
from api.acting.bodies import Offer
from api.projection.alerts import Alert, after, read_transition
from api.web.acts import ACTS, OFFER, fill
from api.web.care import LADDER, briefly, care_of
from api.web.history import told
from api.web.snoozing import rests
from api.web.words import texts
from stream.acting import longest_rest
from stream.clock import parse_moment
from stream.facts.parse import fact_from_event
from stream.law.clock import Clock
from stream.law.evaluate import evaluate
from tests.unit.engine.events import ENGINE
from tests.web.samples import act, event, transition

NOW = datetime(2026, 2, 2, 9, tzinfo=UTC)


def alert_after(*records: bytes, **raised: Any) -> Alert:
    alert = after(None, read_transition(transition(**raised)))
    for record in records:
        alert = after(alert, read_transition(record))
    assert alert is not None
    return alert


# -- words


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("snooze_reasons", get_args(SnoozeReason)),
        ("note_reasons", get_args(NoteReason)),
        ("error_reasons", get_args(ErrorReason)),
        ("rungs", RUNGS),
        ("rung_answers", get_args(Answer)),
        ("choose_answer", get_args(Answer)),
        ("commands", sorted(KINDS)),
        ("refusals", REFUSALS),
        ("ladder", list(LADDER)),
    ],
)
def test_there_is_a_danish_word_for_everything_that_can_be_chosen_or_answered(table: str, keys: Any) -> None:
    assert set(texts()[table]) == set(keys)


def test_every_rung_has_its_place_on_the_ladder() -> None:
    assert sorted(rung for there in LADDER.values() for rung in there) == sorted(RUNGS)


# -- who takes care of it


def test_an_alert_that_nobody_took_says_so() -> None:
    assert briefly(alert_after(), NOW) == briefly(None, NOW) == "Uden ansvarlig"


def test_a_row_names_who_took_the_alert() -> None:
    assert briefly(alert_after(act("acknowledged")), NOW) == "AB"


@pytest.mark.parametrize(
    ("until", "text"),
    [
        ("2026-02-02T13:00:00Z", "AB, udsat til kl. 14.00"),
        ("2026-02-03T07:00:00Z", "AB, udsat til tir. 3. feb. 2026 kl. 08.00"),
        ("2026-02-02T08:59:00Z", "AB"),
    ],
)
def test_a_row_says_until_when_an_alert_rests(until: str, text: str) -> None:
    assert briefly(alert_after(act("snoozed", detail={"until": until})), NOW) == text


def test_who_took_a_milder_alert_is_named_with_the_tier_that_they_saw() -> None:
    alert = alert_after(act("acknowledged"), transition("t3", kind="changed", to="refer"))
    assert briefly(alert, NOW) == "AB, har kvitteret for Handl"


def test_who_was_given_an_alert_has_not_taken_it_yet() -> None:
    given = act("noted", reason="handed_over", detail={"to": "CD"})
    assert briefly(alert_after(given), NOW) == "CD, har ikke kvitteret endnu"


def test_the_ladder_has_four_rungs_and_says_what_was_tried_on_each() -> None:
    abroad = {"to": "abroad", "at": "2026-02-02T08:00:00Z", "concrete": False, "answer": "not_asked"}
    care = care_of(alert_after(act("rung"), act("rung", "t3", detail=abroad)), NOW)
    assert [len(rung.taken) for rung in care.ladder] == [0, 1, 1, 0]
    assert care.ladder[1].taken == ("Man. 2. feb. 2026 kl. 09.30 · AB · konkret dato og sted · patienten sagde nej",)
    assert care.ladder[2].taken[0].startswith("Udlandet · man. 2. feb.")


def test_an_alert_without_a_tier_is_open_but_there_is_nothing_to_take() -> None:
    care = care_of(alert_after(transition("t2", kind="changed", to=None)), NOW)
    assert (care.is_open, care.has_tier) == (True, False)


# -- history


@pytest.mark.parametrize(
    ("record", "what", "because"),
    [
        (transition(detail=None), "Varsel rejst", "Få bemandede dage tilbage"),
        (
            transition(),
            "Varsel rejst",
            "Få bemandede dage tilbage, frist man. 9. feb. 2026",
        ),
        (act("acknowledged"), "Taget", "Kvitteret for Handl (AB)"),
        (act("snoozed"), "Udsat", "Venter på patienten, til tir. 3. feb. 2026 kl. 08.00 (AB)"),
        (act("noted"), "Notat", "Patienten er kontaktet, med tekst (AB)"),
        (act("noted", reason="watched", detail=None), "Følges", "AB"),
        (act("noted", reason="handed_over", detail={"to": "CD"}), "Givet videre", "Til CD (AB)"),
        (
            act("noted", reason="registration_error", detail={"what": "wrong_date"}),
            "Registreringsfejl meldt",
            "Forkert dato (AB)",
        ),
        (
            act("noted", reason="rung_withdrawn", detail={"to": "region", "ref": "fact urn:h e1"}, actor=None),
            "Trin i handlepligten trukket tilbage",
            "Regionen",
        ),
        (act("rung"), "Trin i handlepligten", "Regionen, konkret dato og sted, patienten sagde nej (AB)"),
        (act("rung", reason="escalated"), "Trin i handlepligten", "Regionen, registreret af hospitalet (AB)"),
        (
            act("refused"),
            "Handling afvist",
            "Tag varslet: varslet var blevet mere alvorligt. Varslet er nu: Handl. (AB)",
        ),
        (
            act("refused", reason="past_next_tier", detail={"command": "snooze", "latest": "2026-02-03T23:00:00Z"}),
            "Handling afvist",
            "Udsæt: så længe kan det ikke vente. Det kan højst vente til ons. 4. feb. 2026 kl. 00.00. (AB)",
        ),
    ],
)
def test_the_history_says_in_danish_what_happened_and_why(record: bytes, what: str, because: str) -> None:
    line = told(read_transition(record))
    assert (line.what, line.because) == (what, because)


def test_an_act_moves_no_tier_in_the_history() -> None:
    line = told(read_transition(act("acknowledged")))
    assert (line.came_from, line.to) == (None, None)


# -- snoozing


def clock_on(now: datetime) -> Clock:
    """The clock of the consent of 26 January: its tier rises on 4, 6 and 10 February."""
    (clock,) = evaluate([fact_from_event(event())], now, ENGINE.rulebook, ENGINE.calendar)
    return clock


def offered(now: datetime, tier: Tier) -> dict[str, datetime]:
    clock = clock_on(now)
    found = rests(clock, tier, ENGINE.policy.thresholds(clock.right, clock.unit), now, ENGINE.calendar)
    return {each.name: parse_moment(each.until) for each in found}


def test_an_alert_may_rest_two_hours_until_tomorrow_or_until_it_rises() -> None:
    assert offered(NOW, "act") == {
        "to-timer": NOW + timedelta(hours=2),
        "i-morgen": datetime(2026, 2, 3, 7, tzinfo=UTC),
        "naeste-trin": datetime(2026, 2, 3, 23, tzinfo=UTC),
    }


def test_the_evening_before_an_alert_rises_it_rests_until_then_at_most() -> None:
    assert offered(datetime(2026, 2, 3, 22, tzinfo=UTC), "act").keys() == {"naeste-trin"}


def test_past_the_deadline_an_alert_rests_until_the_next_working_day_at_most() -> None:
    friday = datetime(2026, 2, 13, 13, tzinfo=UTC)
    assert offered(friday, "passed")["naeste-trin"] == datetime(2026, 2, 16, 13, tzinfo=UTC)


def test_a_tier_that_the_page_has_not_heard_of_yet_is_no_obstacle() -> None:
    assert "to-timer" in offered(datetime(2026, 2, 12, 9, tzinfo=UTC), "escalate")


@pytest.mark.parametrize("day", [date(2026, 2, 2) + timedelta(days=number) for number in range(20)])
def test_nothing_is_offered_that_the_worker_would_refuse(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    clock = clock_on(now)
    thresholds = ENGINE.policy.thresholds(clock.right, clock.unit)
    tier = ENGINE.verdict(clock, day).tier
    assert tier is not None
    last = longest_rest(clock, tier, thresholds, now, ENGINE.calendar).until
    assert all(now < until <= last for until in offered(now, tier).values())


# -- forms

REST = {"to-timer": "2026-02-02T11:00:00Z"}
FILLED: dict[str, dict[str, str]] = {
    "tag": {},
    "udsaet": {"indtil": "to-timer", "aarsag": "other"},
    "notat": {"aarsag": "other", "tekst": "Ringer igen"},
    "trin": {"trin": "region", "konkret": "true", "svar": "declined"},
    "registreringsfejl": {"aarsag": "wrong_unit"},
    "giv-videre": {"til": "CD"},
    "foelg": {},
    "foelg-ikke": {},
    OFFER: {"dato": "2026-02-09", "sted": "own", "konkret": "true"},
}


@pytest.mark.parametrize("name", ACTS)
def test_every_form_becomes_what_is_asked_for(name: str) -> None:
    form = {"initialer": "AB", "set_varsel": "act", "noegle": "x"} | FILLED[name]
    body, filled = fill(name, form, REST, "treatment")
    assert body is not None
    assert (type(body), body.actor, filled.errors) == (ACTS[name].body, "AB", {})
    assert isinstance(body, Offer) or body.seen_tier == "act"


@pytest.mark.parametrize("name", ACTS)
def test_a_form_without_initials_asks_for_them_and_keeps_what_was_typed(name: str) -> None:
    body, filled = fill(name, FILLED[name], REST, "treatment")
    assert body is None
    assert (dict(filled.values), dict(filled.errors)) == (FILLED[name], {"initialer": "Skriv dine initialer."})


@pytest.mark.parametrize(
    ("name", "field", "value", "text"),
    [
        ("udsaet", "indtil", "", "Vælg, hvor længe varslet skal vente."),
        ("udsaet", "indtil", "for-altid", "Vælg, hvor længe varslet skal vente."),
        ("udsaet", "aarsag", "", "Vælg en grund."),
        ("notat", "aarsag", "because", "Vælg en af mulighederne."),
        ("notat", "tekst", "x" * 2001, "Skriv højst 2000 tegn."),
        ("trin", "trin", "", "Vælg, hvor der er spurgt."),
        ("giv-videre", "til", "", "Skriv, hvem der skal have varslet."),
        (
            "giv-videre",
            "til",
            "\u200b",
            "Her står et tegn, der ikke kan vises. Skriv det igen uden at kopiere det ind.",
        ),
        ("tag", "set_varsel", "worst", "Vælg en af mulighederne."),
    ],
)
def test_what_is_wrong_with_a_form_is_said_at_its_field(name: str, field: str, value: str, text: str) -> None:
    given = {"initialer": "AB"} | FILLED[name] | {field: value}
    _, filled = fill(name, {typed: words for typed, words in given.items() if words}, REST)
    assert filled.error(name, field) == text


def test_a_cpr_number_is_not_shown_again_but_everything_else_is() -> None:
    _, filled = fill("notat", {"initialer": "AB", "aarsag": "other", "tekst": "Ring til 010190-1234 i morgen"}, REST)
    assert filled.value("notat", "tekst") == "Ring til [CPR] i morgen"
    assert filled.error("notat", "tekst").startswith("Her stod et CPR-nummer.")


def test_a_form_fills_no_other_one() -> None:
    _, filled = fill("notat", {"aarsag": "other"}, REST)
    assert (filled.value("registreringsfejl", "aarsag"), filled.error("tag", "initialer")) == ("", "")


def test_every_tier_can_be_seen_on_a_form() -> None:
    assert all(fill("tag", {"initialer": "AB", "set_varsel": tier}, REST)[0] for tier in TIERS)
