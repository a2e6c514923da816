"""What staff may ask for: shapes, words from lists, and no CPR number anywhere."""

from typing import Any, get_args

import msgspec
import pytest
from pydantic import ValidationError

from alerts.commands import Command, parse_command
from alerts.deciding import REFUSALS
from api.acting import bodies
from api.acting.answers import sentence, texts
from api.acting.bodies import Body, Offer

CPR = "010190-1234"
MADE: dict[type[Body], dict[str, Any]] = {
    bodies.Acknowledge: {},
    bodies.Snooze: {"until": "2026-02-03T08:00:00+01:00", "reason": "other"},
    bodies.Note: {"reason": "other", "text": "Ringer igen\r\ni morgen"},
    bodies.TakeRung: {"to": "region", "concrete": True, "answer": "declined"},
    bodies.RegistrationError: {"reason": "wrong_date"},
    bodies.HandOver: {"to": "Anna Å"},
    bodies.Watch: {},
    bodies.Unwatch: {},
}


def kinds_of(error: ValidationError) -> list[tuple[Any, str]]:
    return [(each["loc"], each["type"]) for each in error.errors()]


def refused(made: type[Body], **fields: Any) -> list[tuple[Any, str]]:
    with pytest.raises(ValidationError) as caught:
        made.model_validate({"actor": "AB"} | MADE[made] | fields)
    return kinds_of(caught.value)


def test_there_is_a_body_for_every_command() -> None:
    assert {made.makes for made in MADE} == set(get_args(Command))


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_what_is_asked_for_becomes_a_command_that_the_worker_reads(made: type[Body]) -> None:
    body = made.model_validate({"actor": " AB ", "seen_tier": "act"} | MADE[made])
    fields = body.model_dump(exclude={"text"})
    about = {"command_id": "c1", "at": "2026-02-02T09:00:00Z", "patient": "k1:a", "alert_id": "a1", "kind": body.kind}
    command = parse_command(msgspec.json.decode(msgspec.json.encode(fields | about)))
    assert (type(command), command.actor) == (made.makes, "AB")


@pytest.mark.parametrize(
    "actor", ["", "   ", "x" * 81, "A\nB", "A\x00", "A\u202eB", "A\u200bB", "A\u2028B", "\ud800", CPR]
)
def test_who_acts_is_a_name_that_can_be_read_and_no_cpr_number(actor: str) -> None:
    assert [loc for loc, _ in refused(bodies.Acknowledge, actor=actor)] == [("actor",)]


@pytest.mark.parametrize(
    ("made", "field", "value"),
    [
        (bodies.HandOver, "to", f"Anna {CPR}"),
        (bodies.Note, "text", f"Patienten {CPR} ringer"),
        (bodies.RegistrationError, "text", "0101901234"),
    ],
)
def test_a_cpr_number_is_refused_by_its_field_and_not_repeated(made: type[Body], field: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made.model_validate({"actor": "AB"} | MADE[made] | {field: value})
    (error,) = caught.value.errors()
    assert (error["loc"], error["type"]) == ((field,), "cpr_number")
    assert "0101" not in error["msg"]


@pytest.mark.parametrize(
    "until", ["2026-02-03T08:00:00", "2026-02-03", 1770102000, "tomorrow", "2026-02-30T08:00:00Z", None]
)
def test_a_snooze_ends_at_a_moment_with_an_offset(until: Any) -> None:
    assert refused(bodies.Snooze, until=until) == [(("until",), "no_moment")]


@pytest.mark.parametrize("made", [bodies.Snooze, bodies.Note, bodies.RegistrationError])
def test_a_reason_is_of_a_list(made: type[Body]) -> None:
    assert refused(made, reason="because") == [(("reason",), "literal_error")]


def test_a_note_is_at_most_two_thousand_characters_and_keeps_its_lines() -> None:
    assert refused(bodies.Note, text="x" * 2001) == [(("text",), "string_too_long")]
    note = bodies.Note.model_validate({"actor": "AB"} | MADE[bodies.Note])
    assert note.text == "Ringer igen\ni morgen"


def test_a_misspelt_field_is_not_left_unnoticed() -> None:
    assert refused(bodies.Watch, wacth=True) == [(("wacth",), "extra_forbidden")]


OFFER = {"actor": "AB", "for": "treatment", "offered_date": "2026-02-06", "place": "own", "concrete": True}


def test_an_offer_says_what_the_fact_says() -> None:
    data = Offer.model_validate(OFFER | {"unit": "440781000016009"}).data()
    assert data == {name: value for name, value in OFFER.items() if name != "actor"} | {"unit": "440781000016009"}


@pytest.mark.parametrize(
    "change", [{"for": "visit"}, {"offered_date": "soon"}, {"place": "unknown"}, {"concrete": None}, {"actor": ""}]
)
def test_an_offer_that_says_too_little_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Offer.model_validate(OFFER | change)


@pytest.mark.parametrize("reason", REFUSALS)
@pytest.mark.parametrize("language", ["da", "en"])
def test_every_refusal_says_in_both_languages_what_to_do(reason: str, language: str) -> None:
    assert reason in texts()["refused"]
    assert sentence("refused", "refused", reason)[language].endswith(".")


def test_every_sentence_is_there_in_both_languages() -> None:
    sentences = [each for table in texts().values() for each in table.values()]
    assert all(each.keys() == {"da", "en"} for each in sentences)


@pytest.mark.parametrize(
    ("kind", "reason", "own"),
    [
        ("acknowledged", "acknowledged", "acknowledged"),
        ("snoozed", "other", "snoozed"),
        ("noted", "patient_contacted", "noted"),
        ("noted", "handed_over", "handed_over"),
        ("rung", "duty_to_act", "rung"),
        ("silent", "novel", "anything"),
    ],
)
def test_an_accepted_command_is_told_by_its_reason_or_its_kind(kind: str, reason: str, own: str) -> None:
    assert sentence("accepted", kind, reason) == texts()["accepted"][own]
