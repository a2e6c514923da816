"""The event that is kept: what the contract names and no more, and it reads back to the same fact."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stream.facts.errors import UnreadableFactError
from stream.facts.jsontext import canonical
from stream.facts.parse import Accepted, fact_from_event, parse_event
from tests.unit.facts.samples import accepted, event, marker
from tests.unit.facts.test_steps import WHOLE

GOLDEN = Path(__file__).parents[2] / "golden" / "golden-cases.jsonl"

ODD = [
    event("date-offered", {"for": "workup", "place": "the moon", "offered_date": "soon"}),
    event("date-offered", {"offered_date": "2026-02-11T23:30:00Z"}),
    event("consent-given", {"modality": "hyperthermia", "line": 3}),
    event("date-cancelled", {"by": "nobody", "reason": "Aunt ill", "offer": 7}),
    event("referral-received", {"relapse": "yes", "purpose": "tea", "residence": "DK-81"}),
    event(
        "fact-retracted", {"event": "e-0", "event_source": "urn:b", "supersedes": "e-9", "supersedes_source": "urn:c"}
    ),
    event("unit-transferred", {"to_unit": 440781000016009, "unit": "440781000016008"}),
    event("unit-transferred", {"to_unit": "Afdeling Nord", "unit": "Afsnit 3"}),
    event("wait-resumed", id=17, time=None, recordref="r", patientlabel="eyJ", colour="red"),
    event("wait-resumed", datacontenttype=None, specversion="0.3", time="2026-02-02t08:00:00z"),
    event("wait-resumed", {"supersedes": "e-1"}),
    marker("AFV01E1C"),
    marker("AFB01A"),
    marker("afv01b"),
    marker("Jens Hansen"),
    marker(None),
]
EVERYTHING = [event(step, sent) for step, (sent, _) in WHOLE.items()] + ODD


@pytest.mark.parametrize("sent", EVERYTHING)
def test_a_kept_event_reads_back_to_the_same_fact(sent: dict[str, Any]) -> None:
    outcome = accepted(sent)
    kept = json.loads(json.dumps(outcome.event))
    assert fact_from_event(kept) == replace(outcome.fact, order_key=canonical(kept))


@pytest.mark.parametrize("sent", EVERYTHING)
def test_a_kept_event_is_kept_as_it_is(sent: dict[str, Any]) -> None:
    kept = accepted(sent).event
    assert accepted(kept).event == kept


@pytest.mark.parametrize(
    "sent", [event(step, sent, recordref="r", patientlabel="l") for step, (sent, _) in WHOLE.items()]
)
def test_a_plain_event_is_kept_as_sent(sent: dict[str, Any]) -> None:
    assert accepted(sent).event == sent


def test_every_golden_event_reads_back_to_the_same_fact() -> None:
    cases = map(json.loads, GOLDEN.read_text(encoding="utf-8").splitlines())
    outcomes = [parse_event(sent) for case in cases for sent in case["events"]]
    kept = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len(kept) > 400
    assert all(replace(fact_from_event(each.event), order_key=each.fact.order_key) == each.fact for each in kept)


def test_unknown_fields_and_attributes_are_dropped() -> None:
    sent = event("wait-resumed", {"note": "Jens", "Hansen": 1}, colour="red", dataschema="urn:schema")
    assert accepted(sent).event == event("wait-resumed")


def test_references_into_the_hospitals_own_system_are_kept_as_they_are() -> None:
    kept = accepted(event(recordref="R/7?æ", patientlabel="eyJhbGciOi.x")).event
    assert (kept["recordref"], kept["patientlabel"]) == ("R/7?æ", "eyJhbGciOi.x")


@pytest.mark.parametrize("value", [7, ["x"], {"a": 1}, "", "\ud800"])
def test_references_that_are_no_text_are_dropped(value: object) -> None:
    assert not {"recordref", "patientlabel"} & accepted(event(recordref=value, patientlabel=value)).event.keys()


def test_a_log_that_holds_no_fact_is_told_so() -> None:
    with pytest.raises(UnreadableFactError, match="no_date"):
        fact_from_event(event(data={"occurred_at": None}))
