"""The same event over every transport of CloudEvents 1.0 is judged alike."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.v1.event import CloudEvent

from stream.facts.intake import Intake, default_intake
from stream.facts.parse import Accepted, Refusal
from stream.facts.transports import BATCH, STRUCTURED, Headers, take_apart
from tests.unit.facts.samples import CPR, accepted, event, refused


def judged(headers: Headers, body: bytes, **more: Any) -> list[Accepted | Refusal]:
    return [each.judge() for each in take_apart(headers, body, **more)]


def judged_one(headers: Headers, body: bytes, **more: Any) -> Accepted | Refusal:
    (outcome,) = judged(headers, body, **more)
    return outcome


def body_of(sent: dict[str, Any]) -> bytes:
    return json.dumps(sent["data"]).encode()


def kafka_headers(sent: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return the headers of binary mode over Kafka."""
    attributes = {name: value for name, value in sent.items() if name not in {"data", "datacontenttype"}}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return [*headers, ("content-type", b"application/json")]


def http_headers(sent: dict[str, Any]) -> dict[str, str]:
    """Return the headers of binary mode over HTTP."""
    named = {
        name.replace("ce_", "CE-"): quote(value.decode(), safe=" !#$&'()*+,/:;=?@[]")
        for name, value in kafka_headers(sent)
    }
    return named | {"Content-Type": named.pop("content-type")}


WHOLE = event("consent-given", {"line": "initial", "modality": "surgery"}, recordref="r/æ ø", patientlabel="eyJ")


def test_structured_mode_is_the_event() -> None:
    assert judged_one([], json.dumps(WHOLE).encode()) == accepted(WHOLE)


def test_binary_mode_over_kafka_is_the_same_event() -> None:
    assert judged_one(kafka_headers(WHOLE), body_of(WHOLE)) == accepted(WHOLE)


def test_binary_mode_over_http_is_the_same_event() -> None:
    assert judged_one(http_headers(WHOLE), body_of(WHOLE)) == accepted(WHOLE)


@pytest.mark.parametrize("wrong", [{"id": ""}, {"type": "x"}, {"time": "x"}, {"partitionkey": ""}, {"data": {"a": 1}}])
def test_binary_mode_is_refused_alike(wrong: dict[str, Any]) -> None:
    sent = WHOLE | wrong
    assert judged_one(kafka_headers(sent), body_of(sent)) == refused(sent)


def test_a_batch_is_judged_event_by_event_in_order() -> None:
    sent = [WHOLE, event(id=""), event(id="e-2"), 7]
    outcomes = judged({"content-type": BATCH}, json.dumps(sent).encode())
    assert [type(outcome) for outcome in outcomes] == [Accepted, Refusal, Accepted, Refusal]
    assert outcomes[:2] == [accepted(WHOLE), refused(event(id=""))]


def test_an_empty_batch_has_no_outcome() -> None:
    assert judged({"content-type": BATCH}, b"[]") == []


@pytest.mark.parametrize("body", [b"", b"[", b"nonsense", b"[" * 100_000])
def test_a_batch_that_cannot_be_read_is_one_refusal(body: bytes) -> None:
    assert [type(outcome) for outcome in judged({"content-type": BATCH}, body)] == [Refusal]


def test_a_single_event_sent_as_a_batch_is_a_batch_of_one() -> None:
    assert judged({"content-type": BATCH}, json.dumps(WHOLE).encode()) == [accepted(WHOLE)]


@pytest.mark.parametrize("body", [b"", b"occurred_at=now", b"\xff\xfe", b"[1]", b"[" * 5000])
def test_binary_data_that_is_no_object_has_no_date(body: bytes) -> None:
    outcome = judged_one(kafka_headers(WHOLE), body)
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.patient) == ("no_date", "k1:9f2c")


@pytest.mark.parametrize("name", ["ce_recordref", "ce_note", "content-type"])
def test_a_cpr_number_in_a_header_is_found(name: str) -> None:
    outcome = judged_one([*kafka_headers(event()), (name, CPR.encode())], body_of(event()))
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "cpr_number"


@pytest.mark.parametrize("body", [f"cpr {CPR}".encode(), json.dumps({"note": CPR}).encode()])
def test_a_cpr_number_in_a_body_is_found(body: bytes) -> None:
    outcome = judged_one(kafka_headers(event()), body)
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "cpr_number"


def test_a_header_given_twice_is_searched_both_times() -> None:
    headers = [("ce_recordref", CPR.encode()), *kafka_headers(event(recordref="r"))]
    outcome = judged_one(headers, body_of(event()))
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "cpr_number"


@pytest.mark.parametrize("how", ["structured", "batch", "binary"])
def test_a_cpr_number_as_kafka_key_is_found_in_every_mode(how: str) -> None:
    headers = {"structured": [], "batch": [("content-type", BATCH.encode())], "binary": kafka_headers(WHOLE)}[how]
    body = body_of(WHOLE) if how == "binary" else json.dumps([WHOLE] if how == "batch" else WHOLE).encode()
    outcomes = judged(headers, body, key=CPR.encode())
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Refusal)] == ["cpr_number"]


def test_the_kafka_key_does_not_stand_in_for_the_patient() -> None:
    headers = [header for header in kafka_headers(WHOLE) if header[0] != "ce_partitionkey"]
    outcome = judged_one(headers, body_of(WHOLE), key=b"k1:9f2c")
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.field) == ("no_identity", "partitionkey")


def test_a_header_may_not_stand_in_for_the_data() -> None:
    headers = [*kafka_headers(WHOLE), ("ce_data", b"{}")]
    assert isinstance(judged_one(headers, body_of(WHOLE)), Accepted)


def test_other_headers_are_no_part_of_the_event() -> None:
    headers = [*kafka_headers(WHOLE), ("traceparent", b"00-ab"), ("x-forwarded-for", CPR.encode())]
    assert judged_one(headers, body_of(WHOLE)) == accepted(WHOLE)


def test_a_header_without_a_value_is_absent() -> None:
    outcome = judged_one([*kafka_headers(WHOLE), ("ce_note", None)], body_of(WHOLE))
    assert outcome == accepted(WHOLE)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("content-type", STRUCTURED.encode())], json.dumps(WHOLE).encode()),
        ({"Content-Type": f"{STRUCTURED}; charset=UTF-8"}, json.dumps(WHOLE).encode()),
        ([("content-type", STRUCTURED.encode()), ("ce_id", b"ignored")], json.dumps(WHOLE).encode()),
        ([("content-type", BATCH.encode())], json.dumps([WHOLE]).encode()),
        ([], json.dumps(WHOLE).encode()),
        ([("content-type", b"application/json")], json.dumps(WHOLE).encode()),
        (kafka_headers(WHOLE), body_of(WHOLE)),
        (http_headers(WHOLE), body_of(WHOLE)),
    ],
)
def test_the_mode_is_chosen_by_the_headers(headers: Any, body: bytes) -> None:
    assert judged(headers, body) == [accepted(WHOLE)]


@pytest.mark.parametrize("write", [kafka.to_binary_event, kafka.to_structured_event])
def test_what_the_cloudevents_sdk_writes_is_accepted(write: Any) -> None:
    sent = event("wait-resumed", specversion="1.0", time=None)
    attributes = {name: value for name, value in sent.items() if name != "data"}
    message = write(CloudEvent(attributes, sent["data"]))
    (outcome,) = judged(message.headers, message.value, key=message.key)
    assert isinstance(outcome, Accepted)
    assert outcome.fact.patient == "k1:9f2c"


def test_every_mode_is_judged_by_the_same_intake() -> None:
    usual = default_intake()
    small = Intake(usual.markers, usual.units, max_bytes=10)
    bodies = (
        judged([], json.dumps(WHOLE).encode(), intake=small),
        judged(kafka_headers(WHOLE), body_of(WHOLE), intake=small),
    )
    assert [outcome.reason for (outcome,) in bodies if isinstance(outcome, Refusal)] == ["too_large", "too_large"]
