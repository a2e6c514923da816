"""Promises of the feed: order, repeatability, identities, and that it holds only what is under way."""

from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import islice

import pytest

from stream.facts import cpr
from stream.law.calendar import Calendar
from stream.simulate import SimulationError, line, simulate
from tests.unit.simulate.country import END, START, accepted, shaped

FEED = list(simulate(400, 7, START, END))


def first_days() -> list[date]:
    first: dict[str, str] = {}
    for event in FEED:
        first.setdefault(event["subject"], event["data"]["occurred_at"])
    return sorted(datetime.fromisoformat(moment).date() for moment in first.values())


def test_events_come_in_order_of_time() -> None:
    moments = [datetime.fromisoformat(event["time"]) for event in FEED]
    assert moments == sorted(moments)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert [line(event) for event in FEED] == [line(event) for event in simulate(400, 7, START, END)]


def test_another_seed_gives_another_country() -> None:
    assert line(FEED[0]) != line(next(simulate(400, 8, START, END)))


def test_exactly_as_many_pathways_as_asked_for() -> None:
    assert len({event["subject"] for event in FEED}) == 400


def test_no_pathways_give_no_events() -> None:
    assert list(simulate(0, 1, START, END)) == []


def test_every_event_has_its_own_identity() -> None:
    assert len({(event["source"], event["id"]) for event in FEED}) == len(FEED)


def test_every_event_is_accepted_and_holds_no_cpr_number() -> None:
    assert len(accepted(FEED)) == len(FEED)
    assert not any(cpr.in_value(event) for event in FEED)


def test_nothing_in_the_feed_is_odd_to_intake() -> None:
    marks = {mark for one in accepted(FEED) for mark in one.marks}
    assert marks <= {"package_marker"}


def test_pathways_have_eight_to_twelve_events_on_average() -> None:
    assert 8 <= len(FEED) / 400 <= 12


def test_some_patients_have_two_pathways_and_none_has_more() -> None:
    pathways = defaultdict(set)
    for event in FEED:
        pathways[event["partitionkey"]].add(event["subject"])
    assert set(map(len, pathways.values())) == {1, 2}


def test_references_are_pseudonyms_with_a_key_id() -> None:
    references = {event[name] for event in FEED for name in ("subject", "partitionkey")}
    assert all(
        key == "k1" and len(bytes.fromhex(rest)) == 16 for key, _, rest in (r.partition(":") for r in references)
    )


def test_pathways_begin_evenly_over_the_working_days() -> None:
    day, calendar = START.toordinal(), Calendar()
    working = [d for d in map(date.fromordinal, range(day, END.toordinal() + 1)) if calendar.is_staffed(d, None)]
    begun = Counter(first_days())
    # A mistyped first step may happen some days before its own pathway.
    assert sum(begun[d] for d in working) >= 390
    assert max(begun.values()) <= 400 // len(working) + 2


def test_almost_everything_happens_on_working_days() -> None:
    calendar = Calendar()
    days = [datetime.fromisoformat(event["data"]["occurred_at"]).date() for event in FEED]
    assert sum(calendar.is_staffed(day, None) for day in days) / len(days) > 0.97


def test_moments_lie_in_the_day_and_carry_the_offset_of_their_date() -> None:
    moments = [datetime.fromisoformat(event["time"]) for event in FEED]
    assert all(7 <= moment.hour <= 21 for moment in moments)
    assert {str(moment.utcoffset()) for moment in moments} == {"1:00:00", "2:00:00"}


def test_a_weekend_alone_is_filled_too() -> None:
    feed = simulate(10, 1, date(2026, 1, 10), date(2026, 1, 11))
    assert len({event["subject"] for event in feed}) == 10


def test_the_first_event_of_a_great_country_comes_at_once() -> None:
    # All pathways told ahead would be ten million events.
    assert len(list(islice(simulate(1_000_000, 1, date(2022, 1, 1), date(2026, 1, 1)), 100))) == 100


def test_another_shape_can_be_given() -> None:
    feed = simulate(20, 1, START, END, shaped(pathways={"left_main": 1}))
    assert {event["data"].get("condition", "left_main") for event in feed} == {"left_main"}


@pytest.mark.parametrize(
    ("pathways", "end", "message"),
    [(-1, END, "cannot simulate -1 pathways; give 0 or more"), (1, date(2026, 1, 4), "before the first day")],
)
def test_impossible_wishes_are_refused_at_once(pathways: int, end: date, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(pathways, 1, START, end)


def test_a_patient_with_another_pathway_neither_dies_nor_moves_away() -> None:
    shape = shaped(chances={"second_pathway": 0.9, "interrupted_workup": 0.5}, interruptions={"died": 1})
    pathways, dead = defaultdict(set), set()
    for event in simulate(300, 1, START, END, shape):
        pathways[event["partitionkey"]].add(event["subject"])
        if event["data"].get("reason") == "died":
            dead.add(event["partitionkey"])
    assert dead
    assert all(len(pathways[patient]) == 1 for patient in dead)
