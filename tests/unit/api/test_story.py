"""The story of a clock: its patient's events folded again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.reading.story import Storyteller
from tests.unit.engine.events import ENGINE
from tests.web.samples import clock, event

NOW = datetime(2026, 2, 2, 9, tzinfo=UTC)
TELLER = Storyteller(ENGINE.rulebook, ENGINE.calendar)

OFFER = event(
    "e2", "date-offered", at="2026-01-28T10:00:00+01:00",
    data={"for": "treatment", "offered_date": "2026-02-06", "place": "own", "concrete": True},
)  # fmt: skip
RETRACTION = event(
    "e3", "fact-retracted", at="2026-01-29T10:00:00+01:00", data={"event": "e2", "event_source": "urn:test"}
)


def published(*names: str, **changes: Any) -> dict[str, Any]:
    return clock(facts=[{"source": "urn:test", "id": name} for name in names], **changes)


def test_a_clock_that_its_events_give_is_explained() -> None:
    story = TELLER.tell(published("e1"), [event()], NOW)
    assert story.agrees
    assert any("14 kalenderdage" in item["text"]["da"] for item in story.explanation)


def test_the_offers_behind_a_clock_are_told() -> None:
    story = TELLER.tell(published("e1", "e2"), [OFFER, event()], NOW)
    assert [offer.offered_date.isoformat() for offer in story.offers] == ["2026-02-06"]


def test_what_was_retracted_is_no_part_of_the_story() -> None:
    story = TELLER.tell(published("e1"), [event(), RETRACTION, OFFER], NOW)
    assert story.offers == ()


def test_events_come_in_the_order_in_which_they_happened() -> None:
    story = TELLER.tell(published("e1", "e2"), [OFFER, event()], NOW)
    assert [each["id"] for each in story.events] == ["e1", "e2"]


def test_events_of_other_clocks_are_left_out() -> None:
    assert [each["id"] for each in TELLER.tell(published("e1"), [event(), OFFER], NOW).events] == ["e1"]


@pytest.mark.parametrize("changes", [{"deadline": "2026-02-08"}, {"state": "overdue"}])
def test_a_clock_that_differs_from_its_events_says_so(changes: dict[str, str]) -> None:
    story = TELLER.tell(published("e1", **changes), [event()], NOW)
    assert (story.agrees, bool(story.explanation)) == (False, True)


def test_a_clock_without_events_has_no_explanation() -> None:
    assert TELLER.tell(published("e1"), [], NOW).explanation == []


def test_a_patient_that_cannot_be_folded_does_not_take_the_page_away(caplog: pytest.LogCaptureFixture) -> None:
    damaged = event() | {"type": "dk.fristvagt.nonsense.v1"}
    story = TELLER.tell(published("e1"), [damaged], NOW)
    assert (story.agrees, story.explanation) == (False, [])
    assert "could not be explained" in caplog.text


def test_two_contents_of_one_identity_are_told_apart_by_the_record() -> None:
    later = event(time="2026-01-27T10:00:00+01:00")
    assert TELLER.tell(published("e1"), [later, event()], NOW).agrees
