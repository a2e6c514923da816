"""The shapes of answers: names as the contract writes them."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from alerts.ledger import Transition as Row
from api.count_models import CountRequest
from api.models import Clock, Transition, reach
from api.projection.messages import read
from api.reading.freshness import Freshness
from stream.view import render
from tests.unit.engine.events import ENGINE
from tests.web.samples import clock, closed, transition

NOW = datetime(2026, 2, 2, 9, tzinfo=UTC)

CONTRACT = {
    "clock_id",
    "patient",
    "pathway",
    "right",
    "condition",
    "package",
    "line",
    "unit",
    "hospital",
    "region",
    "residence",
    "limits",
    "binding",
    "started_on",
    "deadline",
    "nominal_deadline",
    "target",
    "days_left",
    "staffed_days_left",
    "state",
    "outcome",
    "days_over",
    "offered_date",
    "late_offer",
    "tier",
    "incomplete",
    "rulebook",
    "reading",
    "facts",
}


def test_a_clock_has_every_field_of_the_contract() -> None:
    shown = Clock.model_validate(render(clock(), NOW, ENGINE.calendar, ENGINE.units))
    assert shown.model_dump().keys() >= CONTRACT


def test_dates_stay_dates_on_the_way_out() -> None:
    shown = Clock.model_validate(render(closed(), NOW, ENGINE.calendar, ENGINE.units))
    assert '"deadline":"2026-02-09"' in shown.model_dump_json()


def test_a_transition_is_written_from_and_to() -> None:
    row = read(transition(**{"from": "plan"}), Row)
    written = Transition.model_validate(row).model_dump(by_alias=True)
    assert (written["from"], written["to"]) == ("plan", "act")


def test_how_far_an_answer_reaches_is_written_in_utc() -> None:
    assert reach(Freshness(NOW, NOW, ())) == {
        "as_of": "2026-02-02T09:00:00Z",
        "evaluated_at": "2026-02-02T09:00:00Z",
        "source_lag_seconds": 0.0,
        "complete": True,
        "reasons": [],
    }


def test_an_unknown_reach_is_null_and_says_why() -> None:
    found = reach(Freshness(None, NOW, ("unknown",)))
    assert (found["as_of"], found["source_lag_seconds"]) == (None, None)
    assert [reason["code"] for reason in found["reasons"]] == ["unknown"]


def test_a_pause_is_given_from_and_to() -> None:
    asked = CountRequest.model_validate(
        {"right": "cancer.treatment", "consent": "2026-02-02", "paused": [{"from": "2026-02-03", "to": "2026-02-04"}]}
    )
    assert (asked.paused[0].begin.day, asked.paused[0].end.day) == (3, 4)


def test_a_misspelt_field_is_not_left_unnoticed() -> None:
    with pytest.raises(ValidationError, match="refferal"):
        CountRequest.model_validate({"right": "cancer.treatment", "refferal": "2026-02-02"})
