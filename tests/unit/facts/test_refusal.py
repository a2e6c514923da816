"""What a refusal tells: what to do, and of the event only what the allow-list names."""

import pytest

from stream.facts.refusal import Refusal
from tests.unit.facts.samples import SOURCE, event, refused

NOT_REAL = "dk.fristvagt.consent-granted.v1"
REFUSED = {
    "cpr_number": event(recordref="010190-1234"),
    "too_large": event(recordref="x" * 70_000),
    "no_identity": event(id=""),
    "unknown_step": event(type=NOT_REAL),
    "no_date": event(data={"occurred_at": None}),
    "occurs_in_future": event(time="2026-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_each_reason_of_the_contract_can_be_met(reason: str) -> None:
    assert refused(REFUSED[reason]).reason == reason


@pytest.mark.parametrize("reason", REFUSED)
def test_each_refusal_says_what_to_do(reason: str) -> None:
    assert refused(REFUSED[reason]).hint.startswith(("Send ", "Remove ", "occurred_at lies "))


@pytest.mark.parametrize("reason", REFUSED)
def test_each_refusal_names_patient_and_pathway(reason: str) -> None:
    refusal = refused(REFUSED[reason])
    assert (refusal.patient, refusal.pathway, refusal.source) == ("k1:9f2c", "pw-1", SOURCE)


def test_the_allow_list_tells_what_has_the_shape_that_it_should_have() -> None:
    refusal = refused(event(type=NOT_REAL, data={"code": "AFV01B", "comment": "Jens"}))
    assert refusal.allowed == {
        "specversion": "1.0",
        "time": "2026-02-02T09:00:00+01:00",
        "data.occurred_at": "2026-02-02T09:00:00+01:00",
        "data.unit": "440781000016009",
        "data.code": "AFV01B",
    }


def test_free_text_where_a_code_should_be_is_not_told() -> None:
    sent = event(type="Jens Hansen", time="Jens", data={"unit": "Jens", "occurred_at": "Jens", "code": "Jens Hansen"})
    refusal = refused(sent)
    assert (refusal.type, refusal.allowed) == (None, {"specversion": "1.0"})


@pytest.mark.parametrize("value", [None, 7, [], {}])
def test_nothing_is_told_of_an_event_without_attributes(value: object) -> None:
    refusal = refused({"data": value})
    assert (refusal.source, refusal.id, refusal.type, refusal.patient, refusal.pathway) == (None,) * 5


def test_a_reference_beyond_reason_is_not_told() -> None:
    assert refused(event(id="x" * 70_000)).id is None


def test_the_digest_finds_the_event_again_whatever_its_spelling() -> None:
    one, other = refused(event(id="")), refused(dict(reversed(event(id="").items())))
    assert one.sha256 == other.sha256
    assert refused(event(id="", recordref="r")).sha256 != one.sha256


def test_bytes_that_are_no_json_are_named_by_their_digest() -> None:
    assert refused(b"one").ref != refused(b"other").ref


def test_an_event_without_id_is_named_by_its_digest() -> None:
    assert Refusal("no_identity", "id", "", source="urn:a", sha256="ab").ref == ("urn:a", "sha256:ab")
