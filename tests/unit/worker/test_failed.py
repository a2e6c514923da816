"""An event that we fail to judge: named as far as it may be, lost never, and alone."""

import json
from typing import Any

import pytest

from stream.facts import transports
from stream.worker.intake import Intake, Raw
from stream.worker.names import ACTIONS, DEADLETTERS, INBOX
from tests.unit.worker.test_intake import CPR, event, intake, registry, sent, written

__all__ = ["intake", "registry"]

BATCH = "application/cloudevents-batch+json"
PLACE = {"topic": "fristvagt.inbox", "partition": 4, "offset": 17}


@pytest.fixture(autouse=True)
def poison(monkeypatch) -> None:
    """Judging raises for events that say so."""
    judge = transports.parse_value

    def fails(value: Any, **given: Any) -> Any:
        if "boom" in str(value):
            raise ArithmeticError(f"private {value}")
        return judge(value, **given)

    monkeypatch.setattr(transports, "parse_value", fails)


def poisoned(name: str = "2", **changes: Any) -> dict[str, Any]:
    return event(name, **({"recordref": "boom"} | changes))


def test_one_event_that_fails_leaves_the_others_of_its_batch_accepted(intake: Intake) -> None:
    results = intake.take(sent([event("1"), poisoned(), event("3")], BATCH, **PLACE))
    assert [result.accepted is not None for result in results] == [True, False, True]


def test_its_dead_letter_names_it_and_says_where_the_original_lies(intake: Intake) -> None:
    letter = written(intake, sent([event("1"), poisoned()], BATCH, **PLACE))[1][2]
    named = {name: letter[name] for name in ("reason", "source", "id", "patient", "pathway", *PLACE)}
    whose = {"reason": "internal_error", "source": "urn:h", "id": "2", "patient": "k1:a", "pathway": "pw-1"}
    assert named == whose | PLACE


def test_its_patient_is_incomplete_until_the_same_event_is_accepted(intake: Intake) -> None:
    topic, key, action, _ = written(intake, sent(poisoned(), **PLACE))[1]
    assert (topic, key, action["kind"], action["source"], action["id"]) == (ACTIONS, b"k1:a", "refused", "urn:h", "2")


def test_no_content_of_it_is_told_or_logged(intake: Intake, caplog) -> None:
    out = written(intake, sent(poisoned(data={"note": "private"}), **PLACE))
    assert "private" not in json.dumps([each[2] for each in out]) + caplog.text
    assert "intake.py" in caplog.text


def test_over_http_it_goes_on_to_the_inbox_as_it_was_sent(intake: Intake) -> None:
    [(topic, key, value, partition)] = written(intake, sent([poisoned()], BATCH))
    assert (topic, key, value, partition) == (INBOX, None, poisoned(), None)


def test_over_http_in_binary_mode_too(intake: Intake) -> None:
    whole = poisoned()
    headers = [("content-type", "application/json")]
    headers += [(f"ce-{name}", value) for name, value in whole.items() if name != "data"]
    [(topic, _, value, _)] = written(intake, Raw(json.dumps(whole["data"]).encode(), headers))
    assert (topic, value) == (INBOX, whole | {"datacontenttype": "application/json"})


def test_its_sender_is_told_that_it_is_kept(intake: Intake) -> None:
    [result] = intake.take(sent(poisoned()))
    assert "need not be sent again" in result.letter.hint


@pytest.mark.parametrize("changes", [{"note": f"CPR {CPR}"}, {"note": "x" * 70_000}], ids=["cpr", "too large"])
def test_over_http_what_may_not_lie_in_the_inbox_is_the_senders_to_keep(intake: Intake, changes) -> None:
    out = written(intake, sent(poisoned(**changes)))
    assert [each[0] for each in out] == [DEADLETTERS, ACTIONS]
    assert "keep it, and send it again" in out[0][2]["hint"]


def test_a_cpr_number_among_its_names_is_told_to_nobody(intake: Intake) -> None:
    out = written(intake, sent(poisoned(partitionkey=CPR, id=f"x {CPR}"), **PLACE))
    assert [each[0] for each in out] == [DEADLETTERS]
    assert CPR not in repr(out)


def test_what_cannot_even_be_looked_through_has_no_name_and_is_not_kept(intake: Intake, monkeypatch) -> None:
    monkeypatch.setattr("stream.facts.cpr.contains", lambda _: 1 / 0)
    [(topic, _, letter, _)] = written(intake, sent(poisoned()))
    assert (topic, letter["source"], letter["patient"]) == (DEADLETTERS, None, None)


def test_only_what_becomes_a_dead_letter_is_counted_as_one(intake: Intake, registry) -> None:
    intake.take(sent(poisoned()))
    intake.take(sent(poisoned(), **PLACE))
    value, reason = registry.get_sample_value, {"reason": "internal_error"}
    assert value("fristvagt_dead_letters_total", reason) == 1
    assert value("fristvagt_events_refused_total", reason) == 2
