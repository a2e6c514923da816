"""Judging one event: what is accepted, what is refused, and in which order."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stream.facts.intake import Intake, default_intake
from stream.facts.jsontext import canonical
from stream.law.fact import Ref
from tests.unit.facts.samples import MOMENT, SOURCE, UNIT, accepted, event, refused


def test_an_event_becomes_a_fact() -> None:
    fact = accepted(event(data={"line": "initial"})).fact
    assert (fact.ref, fact.step, fact.patient, fact.pathway) == (Ref(SOURCE, "e-1"), "consent-given", "k1:9f2c", "pw-1")


def test_moments_are_read_as_utc() -> None:
    fact = accepted(event(time="2026-02-02T10:00:00+01:00")).fact
    assert (fact.occurred_at, fact.time) == (datetime(2026, 2, 2, 8, tzinfo=UTC), datetime(2026, 2, 2, 9, tzinfo=UTC))


@pytest.mark.parametrize("shape", [lambda e: e, lambda e: json.dumps(e).encode(), json.dumps])
def test_bytes_text_and_object_are_judged_alike(shape: Any) -> None:
    sent = event(data={"modality": "surgery", "comment": "æøå"})
    assert accepted(shape(sent)) == accepted(sent)


def test_the_order_key_is_the_event_as_received_in_canonical_form() -> None:
    sent = event(data={"later": [1]}, colour="red")
    assert accepted(sent).fact.order_key == canonical(sent)


@pytest.mark.parametrize("attribute", ["source", "id", "subject", "partitionkey"])
@pytest.mark.parametrize("value", [None, "", " ", [], {}, True, 1.5, "\ud800", "a\0"])
def test_without_one_of_the_four_references_there_is_no_identity(attribute: str, value: object) -> None:
    refusal = refused(event(**{attribute: value}))
    assert (refusal.reason, refusal.field) == ("no_identity", attribute)


def test_a_number_for_a_reference_is_taken_as_its_digits() -> None:
    fact = accepted(event(id=17, data={"supersedes": 16})).fact
    assert (fact.ref.id, fact.supersedes) == ("17", Ref(SOURCE, "16"))


@pytest.mark.parametrize(
    "kind",
    [
        "dk.fristvagt.consent-granted.v1",
        "dk.fristvagt.consent-given.v2",
        "dk.fristvagt.consent-given",
        "dk.fristvagt.patient-merged.v1",
        "dk.fristvagt.referral-taken-over.v1",
        "dk.fristvagt.unknown-marker.v1",
        "dk.lpr3.marker.v2",
        "DK.FRISTVAGT.CONSENT-GIVEN.V1",
        "",
        None,
        7,
        ["dk.fristvagt.consent-given.v1"],
    ],
)
def test_a_type_that_names_no_step_of_this_version_is_refused(kind: object) -> None:
    refusal = refused(event(type=kind))
    assert (refusal.reason, refusal.field) == ("unknown_step", "type")


def test_the_reserved_step_says_what_to_do_instead() -> None:
    assert "reserved" in refused(event(type="dk.fristvagt.patient-merged.v1")).hint


@pytest.mark.parametrize("value", [None, "", "2026-02-02", "2026-02-02T09:00:00", "soon", 1770019200, {}])
def test_without_a_moment_of_occurrence_there_is_no_date(value: object) -> None:
    refusal = refused(event(data={"occurred_at": value}))
    assert (refusal.reason, refusal.field) == ("no_date", "data.occurred_at")


@pytest.mark.parametrize("value", ["2026-02-02T09:00:00", "soon", 1770019200, {}, " ", False])
def test_an_unreadable_recording_time_is_no_date(value: object) -> None:
    refusal = refused(event(time=value))
    assert (refusal.reason, refusal.field) == ("no_date", "time")


@pytest.mark.parametrize("value", [None, "", "occurred_at", [], 7])
def test_data_that_is_no_object_has_no_date(value: object) -> None:
    refusal = refused(event() | {"data": value})
    assert (refusal.reason, refusal.field) == ("no_date", "data")


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_recording_time_is_the_moment_of_occurrence_and_marked(value: str | None) -> None:
    outcome = accepted(event(time=value))
    assert (outcome.fact.time, outcome.marks) == (outcome.fact.occurred_at, ("missing_line", "missing_time"))


def test_one_hour_ahead_is_a_clock_out_of_step() -> None:
    accepted(event(time=MOMENT, data={"occurred_at": "2026-02-02T10:00:00+01:00"}))


def test_more_than_one_hour_ahead_is_refused() -> None:
    refusal = refused(event(time=MOMENT, data={"occurred_at": "2026-02-02T10:00:01+01:00"}))
    assert (refusal.reason, refusal.field) == ("occurs_in_future", "data.occurred_at")


def test_the_hour_is_of_time_and_not_of_the_clock_on_the_wall() -> None:
    sent = event(time="2026-03-29T01:30:00+01:00", data={"occurred_at": "2026-03-29T03:30:00+02:00"})
    assert accepted(sent).fact.occurred_at.hour == 1


def test_an_event_beyond_the_limit_is_too_large_and_still_names_its_patient() -> None:
    refusal = refused(event(data={"comment": "x" * 70_000}))
    assert (refusal.reason, refusal.field, refusal.patient) == ("too_large", "event", "k1:9f2c")


def test_the_limit_is_a_setting_in_bytes_of_the_canonical_form() -> None:
    sent, usual = event(data={"comment": "æ"}), default_intake()
    size = len(canonical(sent))
    accepted(json.dumps(sent, indent=40), intake=Intake(usual.markers, usual.units, max_bytes=size))
    assert refused(sent, intake=Intake(usual.markers, usual.units, max_bytes=size - 1)).reason == "too_large"


@pytest.mark.parametrize("depth", [100, 900, 100_000])
def test_an_event_nested_beyond_searching_is_too_large(depth: int) -> None:
    sent = json.dumps(event()).replace(f'"{UNIT}"', "[" * depth + "]" * depth)
    assert refused(sent).reason == "too_large"


def test_a_deep_event_that_could_be_read_names_its_patient() -> None:
    sent = json.dumps(event()).replace(f'"{UNIT}"', "[" * 100 + "]" * 100)
    assert (refused(sent).patient, len(refused(sent).sha256)) == ("k1:9f2c", 64)


@pytest.mark.parametrize("sent", [b"", b"no json", b"[]", b"null", b"7", b'"text"', b"\xff\xfe\x00", b"[{}]", b"{"])
def test_what_is_no_json_object_has_no_identity(sent: bytes) -> None:
    refusal = refused(sent)
    assert (refusal.reason, refusal.field) == ("no_identity", "event")


ORDER = [
    ("cpr_number", {"recordref": "0101901234"}),
    ("too_large", {"recordref": "x" * 70_000}),
    ("no_identity", {"id": None}),
    ("unknown_step", {"type": "x"}),
    ("no_date", {"data": {"occurred_at": None}}),
    ("occurs_in_future", {"time": "2026-01-01T00:00:00Z"}),
]


@pytest.mark.parametrize("first", range(len(ORDER) - 1))
def test_of_several_reasons_the_first_in_the_order_of_the_checks_is_given(first: int) -> None:
    wrong: dict[str, Any] = {}
    for _, attributes in ORDER[first:]:
        wrong = attributes | wrong
    assert refused(event(**wrong)).reason == ORDER[first][0]


def test_oddities_of_the_envelope_are_accepted_and_marked() -> None:
    sent = event("wait-resumed", specversion="0.3", recordref=7, patientlabel=["x"], traceparent="00-ab")
    assert accepted(sent).marks == ("unknown_field", "unknown_patientlabel", "unknown_recordref", "unknown_specversion")


@pytest.mark.parametrize(
    ("unit", "read", "marked"),
    [
        (UNIT, UNIT, ()),
        (int(UNIT), UNIT, ()),
        ("440781000016008", "440781000016008", ("bad_check_digit",)),
        ("123451000016004", "123451000016004", ("unknown_unit",)),
        ("6620141", "6620141", ("unknown_unit",)),
        ("3800A20", "3800A20", ("unknown_unit",)),
        ("Blodsygdomme", None, ("unknown_unit",)),
        ("Afsnit 3 Nord", None, ("unknown_unit",)),
        (["x"], None, ("unknown_unit",)),
        (None, None, ("missing_unit",)),
    ],
)
def test_a_unit_is_kept_by_its_code_and_marked_where_it_is_not_known(
    unit: object, read: str | None, marked: tuple[str, ...]
) -> None:
    outcome = accepted(event("wait-resumed", {"unit": unit}))
    assert (outcome.fact.unit, outcome.marks) == (read, marked)


def test_a_retraction_names_what_it_retracts() -> None:
    sent = event("fact-retracted", {"event": "e-0", "event_source": "urn:b"})
    assert accepted(sent).fact.retracts == Ref("urn:b", "e-0")


@pytest.mark.parametrize("field", ["event", "supersedes"])
def test_the_source_of_what_is_named_is_the_own_one_unless_said(field: str) -> None:
    fact = accepted(event("fact-retracted", {field: "e-0"})).fact
    assert (fact.retracts or fact.supersedes) == Ref(SOURCE, "e-0")


def test_a_correction_names_what_it_replaces() -> None:
    sent = event(data={"supersedes": "e-0", "supersedes_source": "urn:b"})
    assert accepted(sent).fact.supersedes == Ref("urn:b", "e-0")


@pytest.mark.parametrize("field", ["supersedes", "supersedes_source"])
def test_a_correction_of_nothing_that_can_be_named_is_marked(field: str) -> None:
    outcome = accepted(event("wait-resumed", {field: {"id": "e-0"}}))
    assert (outcome.fact.supersedes, outcome.marks) == (None, (f"unknown_{field}",))


def test_an_event_cannot_replace_itself() -> None:
    outcome = accepted(event("wait-resumed", {"supersedes": "e-1"}))
    assert (outcome.fact.supersedes, outcome.marks) == (None, ("supersedes_itself",))


def test_data_in_base64_is_unpacked() -> None:
    plain = event(data={"line": "initial"})
    packed = {**plain, "data_base64": base64.b64encode(json.dumps(plain["data"]).encode()).decode()}
    del packed["data"]
    assert accepted(packed) == accepted(plain)


@pytest.mark.parametrize("packed", ["?", "e30", "bm8ganNvbg==", 7])
def test_data_that_cannot_be_unpacked_is_no_data(packed: object) -> None:
    sent = event(data_base64=packed)
    del sent["data"]
    assert refused(sent).reason == "no_date"


def test_a_repeated_key_counts_as_last_given_and_is_marked() -> None:
    sent = json.dumps(event("wait-resumed")).replace('"id":', '"id": "e-0", "id":')
    assert (accepted(sent).fact.ref.id, accepted(sent).marks) == ("e-1", ("repeated_key",))


def test_an_odd_spelling_of_time_is_marked() -> None:
    assert accepted(event("wait-resumed", time="2026-02-02T09:00+01")).marks == ("odd_time_format",)


def test_latin_1_in_a_comment_is_no_reason_to_refuse() -> None:
    sent = json.dumps(event("wait-resumed", {"comment": "på"}), ensure_ascii=False).encode("latin-1")
    assert accepted(sent).marks == ("unknown_field",)


@pytest.mark.parametrize("attribute", ["source", "id", "subject", "partitionkey"])
def test_a_reference_as_long_as_a_letter_is_too_large(attribute: str) -> None:
    refusal = refused(event(**{attribute: "x" * 1025}))
    assert (refusal.reason, refusal.field) == ("too_large", attribute)
    assert accepted(event(**{attribute: "x" * 1024}))
