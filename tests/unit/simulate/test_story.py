"""Promises of how one pathway is told: late, twice, by mistake, as a marker, handed on, ended."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from stream.simulate.days import DAY, day_of
from stream.simulate.feed import _world
from stream.simulate.sites import Site
from stream.simulate.story import Story
from stream.simulate.waiting import Wait, wait
from tests.unit.simulate.country import NEVER, Event, shaped

MONDAY = date(2026, 2, 2).toordinal()
NOON = MONDAY * DAY + 12 * 3600
HERE = Site("Vejle", "Region Syddanmark", ("384851000016002",), by_markers=False)
REGISTER = Site("Odense", "Region Syddanmark", ("239081000016004",), by_markers=True)
AT_ONCE = {"same_day": 1.0}


def story(site: Site = HERE, *, chances: dict[str, float] | None = None, recorded: dict[str, float] = AT_ONCE) -> Story:
    world = _world(3, date(2026, 1, 1), shaped(chances={**NEVER, **(chances or {})}, recorded=recorded))
    return Story(world, 17, "k1:aa", "k1:bb", site, site.units[0], NOON)


def written(told: Story) -> list[Event]:
    return [told.event(one) for one in reversed(told.finish())]


def moment(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def test_a_told_step_is_a_cloudevent_of_the_contract() -> None:
    told = story()
    told.tell("consent-given", NOON, line="initial", modality="surgery")
    (event,) = written(told)
    assert event == {
        "specversion": "1.0",
        "id": "s3p17e1",
        "source": "urn:fristvagt:sim:vejle",
        "type": "dk.fristvagt.consent-given.v1",
        "subject": "k1:bb",
        "partitionkey": "k1:aa",
        "time": event["time"],
        "datacontenttype": "application/json",
        "data": {
            "occurred_at": "2026-02-02T12:00:00+01:00",
            "unit": "384851000016002",
            "line": "initial",
            "modality": "surgery",
        },
    }


def test_a_step_is_recorded_after_it_happened_and_on_its_day() -> None:
    told = story()
    told.tell("workup-completed", NOON)
    (event,) = written(told)
    assert "2026-02-02T12:01" <= event["time"] <= "2026-02-02T21:00:00+01:00"


@pytest.mark.parametrize(
    ("how", "first", "last"),
    [
        ("next_working_day", "2026-02-03", "2026-02-03"),
        ("within_two_weeks", "2026-02-04", "2026-02-16"),
        ("within_two_months", "2026-02-17", "2026-04-07"),
    ],
)
def test_late_registration_keeps_its_span(how: str, first: str, last: str) -> None:
    told = story(recorded={how: 1})
    for _ in range(40):
        told.tell("workup-completed", NOON)
    days = [event["time"][:10] for event in written(told)]
    assert first <= min(days) <= max(days) <= last


def test_a_mistyped_step_is_put_right_by_one_that_supersedes_it() -> None:
    told = story(chances={"mistyped": 1})
    stands = told.tell("consent-given", NOON, line="initial")
    wrong, right = written(told)
    assert (right["id"], right["data"]["supersedes"]) == (stands, wrong["id"])
    assert wrong["data"]["occurred_at"] < right["data"]["occurred_at"] == "2026-02-02T12:00:00+01:00"
    assert moment(wrong) < moment(right)


def test_a_mistake_is_taken_back_on_a_later_working_day() -> None:
    told = story()
    told.mistake("treatment-started", NOON, MONDAY + 5)
    mistaken, back = written(told)
    assert back["data"]["event"] == mistaken["id"]
    assert back["data"]["event_source"] == mistaken["source"]
    assert back["time"].startswith("2026-02-09")


def test_a_mistake_is_no_step_of_the_story() -> None:
    told = story()
    told.mistake("treatment-started", NOON + 600, MONDAY + 1)
    assert told.latest == NOON


def test_a_hospital_with_markers_says_a_step_by_its_code() -> None:
    told = story(REGISTER)
    told.tell("workup-started", NOON, attendance="physical")
    (event,) = written(told)
    assert (event["type"], event["data"]["code"]) == ("dk.lpr3.marker.v1", "AFV01B")
    assert set(event["data"]) == {"occurred_at", "unit", "code"}


def test_a_marker_can_be_put_right_too() -> None:
    told = story(REGISTER, chances={"mistyped": 1})
    told.tell("workup-started", NOON, attendance="physical")
    wrong, right = written(told)
    assert right["data"]["supersedes"] == wrong["id"]


def test_a_hand_over_is_told_by_the_unit_that_gives() -> None:
    told = story()
    told.move(
        Site("Esbjerg", "Region Syddanmark", ("244701000016009",), by_markers=False), "244701000016009", NOON, "X"
    )
    told.tell("workup-completed", NOON + 60)
    given, after = written(told)
    assert (given["data"]["unit"], given["data"]["to_unit"]) == ("384851000016002", "244701000016009")
    assert (after["source"], after["data"]["unit"]) == ("urn:fristvagt:sim:esbjerg", "244701000016009")


def test_a_hand_over_to_a_hospital_with_markers_is_told_by_the_unit_that_takes() -> None:
    told = story()
    told.move(REGISTER, REGISTER.units[0], NOON, "AFV01A1C")
    (taken,) = written(told)
    assert (taken["data"]["code"], taken["data"]["unit"]) == ("AFV01A1C", "239081000016004")


def test_what_was_kept_for_later_is_dropped_when_the_pathway_has_ended_before() -> None:
    told = story()
    told.tell_later("patient-informed", NOON + 3 * DAY, about="date_and_place")
    told.end(NOON + DAY, "refuted")
    assert [event["type"] for event in written(told)] == ["dk.fristvagt.pathway-ended.v1"]


def test_what_was_kept_for_later_is_told_while_the_pathway_runs() -> None:
    told = story()
    told.tell_later("patient-informed", NOON + 3 * DAY, about="date_and_place")
    assert [event["data"]["about"] for event in written(told)] == ["date_and_place"]


@pytest.mark.parametrize(("reason", "gone"), [("died", True), ("moved", True), ("refuted", False)])
def test_only_death_and_moving_away_end_the_patient(reason: str, gone: bool) -> None:  # noqa: FBT001 - a case's value
    told = story()
    told.end(NOON, reason)
    assert (told.ended, told.patient_gone) == (True, gone)


def test_each_hour_of_a_story_comes_after_the_last() -> None:
    told = story()
    moments = []
    for _ in range(12):
        told.tell("workup-completed", told.hour(MONDAY))
        moments.append(told.latest)
    assert moments == sorted(set(moments))
    assert {day_of(each) for each in moments} == {MONDAY}


def offers(way: str) -> list[Event]:
    world = _world(5, date(2026, 1, 1), shaped(chances=NEVER, outcomes={"within": 1}, ways={way: 1}, recorded=AT_ONCE))
    told = Story(world, 1, "k1:aa", "k1:bb", HERE, HERE.units[0], NOON)
    assert wait(told, Wait(MONDAY + 14, "treatment", "treatment-started", {"modality": "surgery"}, 0.0))
    return written(told)


def has(kind: str, **said: Any) -> Callable[[list[Event]], bool]:
    def found(events: list[Event]) -> bool:
        return any(e["type"] == f"dk.fristvagt.{kind}.v1" and said.items() <= e["data"].items() for e in events)

    return found


@pytest.mark.parametrize(
    ("way", "shown_by"),
    [
        ("plain", has("offer-answered", answer="accepted")),
        ("moved_by_hospital", has("date-cancelled", by="hospital")),
        ("surgery_moved", has("surgery-moved")),
        ("surgery_moved", has("patient-informed", about="rights")),
        ("vague_first", has("date-offered", concrete=False)),
        ("vague_first", has("date-offered", concrete=True)),
    ],
)
def test_each_way_to_a_timely_start_leaves_its_trace(way: str, shown_by: Callable[[list[Event]], bool]) -> None:
    assert shown_by(offers(way))


def test_a_start_may_come_without_any_offer() -> None:
    assert not has("date-offered")(offers("no_offer"))


def test_an_unanswered_offer_has_no_answer() -> None:
    assert has("date-offered")(offers("unanswered"))
    assert not has("offer-answered")(offers("unanswered"))


def test_an_offer_elsewhere_names_a_place_that_is_not_own() -> None:
    (place,) = {event["data"]["place"] for event in offers("elsewhere") if "place" in event["data"]}
    assert place in {"same_region", "other_region", "private", "abroad"}


def test_a_patient_who_moves_a_date_gets_another() -> None:
    assert sum(has("date-offered")([event]) for event in offers("moved_by_patient")) == 2
