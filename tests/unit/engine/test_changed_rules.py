"""A patient under changed rules: what changes is said once, and every change has an id of its own."""

from alerts.policy import Policy
from stream.engine import Engine
from stream.facts.units import Units
from stream.law.rulebook import Rulebook
from stream.result import Result
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.law.build import moment

CONSENT = event("consent-given", "2026-02-02", id="consent", line="initial", modality="surgery")
EARLY = """
version = "earlier"
silent_after_days = 30
late_after_seconds = 60
[owners]
plan = ["department"]
act = ["department"]
refer = ["hospital"]
escalate = ["region"]
passed = ["region"]
[[thresholds]]
rights = ["*"]
plan = 12
act = 5
refer = 3
escalate = 1
"""
EARLIER = Engine(Rulebook.load(), Units.load(), Policy.parse(EARLY))
START = ENGINE.fact(None, kept(CONSENT), moment("2026-02-02T13:00")).row


def transitions(result: Result) -> list[tuple]:
    return [(record["kind"], record["from"], record["to"]) for record in result.ledger]


def test_what_other_rules_change_is_said_with_them_as_its_cause() -> None:
    result = EARLIER.refresh(START, moment("2026-02-02T14:00"))
    assert transitions(result) == [("raised", None, "plan")]
    assert set(result.ledger[0]["cause"]) == {"policy"}


def test_decided_twice_for_the_same_row_it_is_one_transition() -> None:
    first, again = (EARLIER.refresh(START, moment(f"2026-02-02T{hour}:00")) for hour in (14, 15))
    assert first.ledger[0]["transition_id"] == again.ledger[0]["transition_id"]


def test_back_to_former_rules_and_forth_again_no_transition_passes_for_a_repeat() -> None:
    row = START
    ids = []
    for hour, engine in enumerate((EARLIER, ENGINE, EARLIER, ENGINE), start=14):
        result = engine.refresh(row, moment(f"2026-02-02T{hour}:00"))
        row = result.row
        ids += [record["transition_id"] for record in result.ledger]
    assert len(set(ids)) == len(ids) == 4


def test_rules_that_change_nothing_say_nothing() -> None:
    renamed = Engine(Rulebook.load(), Units.load(), Policy.parse(EARLY.replace("plan = 12", "plan = 7")))
    assert renamed.digest != ENGINE.digest
    assert transitions(renamed.refresh(START, moment("2026-02-02T14:00"))) == []
