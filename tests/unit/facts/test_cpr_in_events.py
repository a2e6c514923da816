"""An event with a CPR number anywhere is refused, and nothing that is told of it holds the number."""

import base64
import dataclasses
import json
from typing import Any

import pytest

from stream.facts import cpr
from stream.facts.refusal import Refusal
from tests.unit.facts.samples import CPR, accepted, event, refused


def told(refusal: Refusal) -> str:
    """Return all that a refusal tells, as text."""
    return json.dumps(dataclasses.asdict(refusal), ensure_ascii=False)


HIDING_PLACES = {
    "id": event(id=CPR),
    "source": event(source=f"urn:{CPR}"),
    "subject": event(subject=f"pw-{CPR}"),
    "partitionkey": event(partitionkey=CPR),
    "type": event(type=f"dk.fristvagt.{CPR}.v1"),
    "time": event(time=CPR),
    "recordref": event(recordref=f"/p/{CPR}"),
    "patientlabel": event(patientlabel=CPR),
    "datacontenttype": event(datacontenttype=CPR),
    "traceparent": event(traceparent=CPR),
    "data.unit": event(data={"unit": CPR}),
    "data.occurred_at": event(data={"occurred_at": CPR}),
    "data.modality": event(data={"modality": CPR}),
    "data.comment": event(data={"comment": f"ring {CPR} i morgen"}),
    "data.supersedes": event(data={"supersedes": CPR}),
    "data.note.parts[1].text": event(data={"note": {"parts": ["", {"text": CPR}]}}),
    "data.number": event(data={"number": 3112901234}),
    "data.real": event(data={"real": 3112901234.0}),
    "data.list[0]": event(data={"list": [3112901234]}),
    "data.*": event(data={CPR: 1}),
    "*": event(**{f"x-{CPR}": 1}),
    "data": event(data=None) | {"data": CPR},
}


@pytest.mark.parametrize(("path", "sent"), HIDING_PLACES.items())
def test_wherever_it_stands_the_path_is_named(path: str, sent: dict[str, Any]) -> None:
    refusal = refused(sent)
    assert (refusal.reason, refusal.field) == ("cpr_number", path)


@pytest.mark.parametrize("sent", HIDING_PLACES.values())
def test_nothing_told_of_it_holds_the_number(sent: dict[str, Any]) -> None:
    assert not cpr.contains(told(refused(sent)))


@pytest.mark.parametrize("key", [CPR, CPR.encode(), b"patient:0101901234", b"\xff 0101901234"])
def test_the_kafka_key_is_part_of_the_event(key: bytes | str) -> None:
    refusal = refused(event(), key=key)
    assert (refusal.reason, refusal.field, refusal.id) == ("cpr_number", "key", "e-1")


@pytest.mark.parametrize("key", [None, b"k1:9f2c", b"\x00\x00\x01\xff", "x0101901234"])
def test_another_key_is_no_reason(key: bytes | str | None) -> None:
    accepted(event(), key=key)


def test_references_that_hold_none_are_told_so_that_the_patient_can_be_marked() -> None:
    refusal = refused(event(data={"comment": CPR}))
    assert (refusal.patient, refusal.pathway, refusal.ref) == ("k1:9f2c", "pw-1", ("urn:hospital:a", "e-1"))


def test_a_patient_reference_that_holds_one_is_not_told() -> None:
    assert refused(event(partitionkey=CPR)).patient is None


def test_an_event_named_by_one_is_named_by_its_digest() -> None:
    refusal = refused(event(id=CPR))
    assert refusal.ref == ("urn:hospital:a", f"sha256:{refusal.sha256}")


def test_the_name_of_an_odd_field_is_not_told() -> None:
    assert refused(event(data={"Jens Hansen": CPR})).field == "data.*"


def test_a_value_that_a_repeated_key_overwrites_is_searched() -> None:
    sent = json.dumps(event()).replace('"partitionkey"', f'"partitionkey": "{CPR}", "partitionkey"')
    assert refused(sent.encode()).reason == "cpr_number"


def test_the_path_of_an_overwritten_value_stands_where_its_object_is() -> None:
    sent = json.dumps(event()).replace('"unit"', f'"unit": "{CPR}", "unit"')
    assert refused(sent).field == "data[0]"


def test_escaped_digits_are_digits() -> None:
    sent = json.dumps(event(data={"comment": "X"})).replace("X", r"\u0030101901234")
    assert refused(sent.encode()).reason == "cpr_number"


def test_a_line_feed_before_it_is_no_letter() -> None:
    assert refused(json.dumps(event(data={"comment": f"a\n{CPR}"}))).reason == "cpr_number"


def test_data_in_base64_is_searched() -> None:
    packed = base64.b64encode(json.dumps({"comment": CPR}).encode()).decode()
    assert refused(event(data_base64=packed) | {"data": None}).field == "data.comment"


def test_text_that_is_no_json_is_searched() -> None:
    assert refused(f"MSH|^~|{CPR}|".encode()).reason == "cpr_number"


@pytest.mark.parametrize("number", [101901234, 440781000016009, 3102901234, 0.3112901234, 10**15, -5, True])
def test_other_numbers_are_none(number: float) -> None:
    accepted(event(data={"number": number}))


def test_no_number_is_kept_so_that_one_that_lost_its_zero_is_not_kept_either() -> None:
    assert "101901234" not in json.dumps(accepted(event(data={"number": 101901234, "code": 101901234})).event)


def test_deep_nesting_hides_nothing() -> None:
    deep: Any = CPR
    for _ in range(60):
        deep = [deep]
    assert refused(event(data={"deep": deep})).reason == "cpr_number"
