from datetime import UTC, datetime

from stream.facts.refusal import Refusal
from stream.refused import refused_command

AT = datetime(2026, 2, 3, 8, tzinfo=UTC)


def refusal(**known) -> Refusal:
    return Refusal("no_date", "data.occurred_at", "send a date", sha256="ab" * 32, **known)


def test_a_refused_event_of_a_known_patient_marks_the_patient() -> None:
    command = refused_command(refusal(source="s", id="1", patient="pt", pathway="pw"), AT)
    assert command == command | {"kind": "refused", "patient": "pt", "source": "s", "id": "1", "actor": "intake"}


def test_a_refused_event_without_a_readable_patient_marks_nobody() -> None:
    assert refused_command(refusal(source="s", id="1"), AT) is None


def test_an_event_without_an_id_is_named_by_its_digest() -> None:
    command = refused_command(refusal(source="s", patient="pt"), AT)
    assert command["id"] == "sha256:" + "ab" * 32


def test_the_same_refusal_twice_is_one_command() -> None:
    commands = [refused_command(refusal(source="s", id="1", patient="pt"), AT)["command_id"] for _ in range(2)]
    assert commands[0] == commands[1]
