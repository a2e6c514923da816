import json
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stream.clock import FixedClock
from stream.worker.intake import Intake, Raw
from stream.worker.metrics import MAX_SOURCES, IntakeMetrics, dead_letter_counter
from stream.worker.names import ACTIONS, DEADLETTERS, FACTS
from stream.worker.partition import partition_of

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
CPR = "010190-1234"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def intake(registry) -> Intake:
    return Intake(FixedClock(NOW), 12, IntakeMetrics(registry, dead_letter_counter(registry)))


def event(name: str = "1", **changes: Any) -> dict[str, Any]:
    whole = {
        "specversion": "1.0",
        "id": name,
        "source": "urn:h",
        "type": "dk.fristvagt.referral-received.v1",
        "subject": "pw-1",
        "partitionkey": "k1:a",
        "time": "2026-02-02T08:00:00+01:00",
        "data": {"occurred_at": "2026-02-02T08:00:00+01:00", "purpose": "workup", "condition": "cancer"},
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def sent(value: Any, content: str = "application/cloudevents+json", **more: Any) -> Raw:
    return Raw(json.dumps(value).encode(), [("Content-Type", content)], **more)


def written(intake: Intake, raw: Raw) -> list[tuple[str, bytes | None, Any, int | None]]:
    return [
        (output.topic, output.key, json.loads(output.value), output.partition)
        for result in intake.take(raw)
        for output in result.outputs
    ]


def test_an_accepted_event_goes_to_its_patients_partition_of_the_facts(intake) -> None:
    [(topic, key, value, partition)] = written(intake, sent(event()))
    assert (topic, key, partition) == (FACTS, b"k1:a", partition_of(b"k1:a", 12))
    assert (value["id"], value["data"]["purpose"]) == ("1", "workup")


def test_unknown_fields_are_not_kept(intake) -> None:
    secret = event(data={**event()["data"], "doctors_note": "private"}, patientname="private")
    assert "private" not in repr(written(intake, sent(secret)))


def test_a_refused_event_becomes_a_dead_letter_and_makes_its_patient_incomplete(intake) -> None:
    letter, action = written(intake, sent(event(type="dk.fristvagt.lunch.v1")))
    assert (letter[0], letter[1], letter[2]["reason"]) == (DEADLETTERS, None, "unknown_step")
    assert (action[0], action[1], action[3]) == (ACTIONS, b"k1:a", partition_of(b"k1:a", 12))
    named = {name: action[2][name] for name in ("kind", "actor", "source", "id", "reason", "patient")}
    assert named == {
        "kind": "refused",
        "actor": "intake",
        "source": "urn:h",
        "id": "1",
        "reason": "unknown_step",
        "patient": "k1:a",
    }


def test_a_dead_letter_has_the_fields_of_the_contract_and_says_where_the_original_lies(intake) -> None:
    raw = sent(event(data=None), topic="fristvagt.inbox", partition=4, offset=17)
    letter = written(intake, raw)[0][2]
    assert list(letter) == [
        *("at", "reason", "field", "hint", "source", "id", "type", "patient", "pathway", "allowed", "sha256"),
        *("topic", "partition", "offset"),
    ]
    assert (letter["topic"], letter["partition"], letter["offset"]) == ("fristvagt.inbox", 4, 17)
    assert (letter["at"], letter["reason"]) == ("2026-02-02T08:00:00Z", "no_date")


def test_the_same_refusal_is_the_same_command(intake) -> None:
    first, again = (written(intake, sent(event(data=None)))[1][2] for _ in range(2))
    assert first["command_id"] == again["command_id"]


def test_two_events_without_an_id_are_two_refusals(intake) -> None:
    first = written(intake, sent(event(id=None)))[1][2]
    second = written(intake, sent(event(id=None, subject="pw-2")))[1][2]
    assert first["id"] != second["id"]


def test_where_no_patient_can_be_read_there_is_only_a_dead_letter(intake) -> None:
    assert [each[0] for each in written(intake, sent(event(partitionkey=None)))] == [DEADLETTERS]


@pytest.mark.parametrize("value", [None, b"", b"not json", b"[]", b"\xff\xfe"])
def test_what_is_no_event_is_refused_without_identity(intake, value) -> None:
    [(topic, _, letter, _)] = written(intake, Raw(value))
    assert (topic, letter["reason"]) == (DEADLETTERS, "no_identity")


def test_each_event_of_a_batch_is_judged_on_its_own(intake) -> None:
    batch = [event("1"), event("2", type="x"), event("3")]
    results = intake.take(sent(batch, "application/cloudevents-batch+json"))
    assert [result.accepted is not None for result in results] == [True, False, True]


def test_binary_mode_is_read_from_the_headers_of_kafka(intake) -> None:
    whole = event()
    headers = [(f"ce_{name}", str(value).encode()) for name, value in whole.items() if name != "data"]
    [(topic, key, value, _)] = written(intake, Raw(json.dumps(whole["data"]).encode(), headers))
    assert (topic, key, value["subject"]) == (FACTS, b"k1:a", "pw-1")


def test_a_cpr_number_as_the_senders_key_refuses_the_event_and_is_written_nowhere(intake) -> None:
    raw = sent(event(), key=CPR.encode())
    out = written(intake, raw)
    assert out[0][2]["reason"] == "cpr_number"
    assert CPR not in repr(out)


def test_a_cpr_number_as_patient_is_written_nowhere(intake) -> None:
    out = written(intake, sent(event(partitionkey=CPR)))
    assert [each[0] for each in out] == [DEADLETTERS]
    assert CPR not in repr(out)


def test_what_we_fail_to_judge_is_kept_as_a_dead_letter_and_not_lost(intake, monkeypatch, caplog) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("private")

    monkeypatch.setattr("stream.worker.intake.take_apart", fail)
    [(topic, _, letter, _)] = written(intake, sent(event(), topic="fristvagt.inbox", partition=4, offset=17))
    assert (topic, letter["reason"], letter["offset"]) == (DEADLETTERS, "internal_error", 17)
    assert "private" not in json.dumps(letter) + caplog.text


def test_accepted_refused_and_odd_events_are_counted(intake, registry) -> None:
    intake.take(sent(event(), topic="t"))
    intake.take(sent(event(time=None)))
    intake.take(sent(event(data=None)))
    value = registry.get_sample_value
    assert value("fristvagt_events_accepted_total") == 2
    assert value("fristvagt_events_refused_total", {"reason": "no_date"}) == 1
    assert value("fristvagt_dead_letters_total", {"reason": "no_date"}) == 1
    assert value("fristvagt_event_marks_total", {"mark": "missing_time"}) == 1


def test_the_latest_recording_time_of_each_source_is_shown(intake, registry) -> None:
    for time in ("2026-02-02T09:00:00Z", "2026-02-02T07:00:00Z"):
        intake.take(sent(event(time=time)))
    shown = registry.get_sample_value("fristvagt_source_last_event_timestamp_seconds", {"source": "urn:h"})
    assert shown == datetime(2026, 2, 2, 9, 0, tzinfo=UTC).timestamp()


def test_a_sender_of_endless_sources_cannot_fill_the_memory(intake, registry) -> None:
    for number in range(MAX_SOURCES + 50):
        intake.take(sent(event(source=f"urn:h:{number}")))
    name = "fristvagt_source_last_event_timestamp_seconds"
    samples = [sample for family in registry.collect() for sample in family.samples if sample.name == name]
    assert len(samples) == MAX_SOURCES + 1
