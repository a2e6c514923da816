"""What fault runs send, and what they expect: the same as `replay --history` where the clock only goes forward."""

from collections import Counter
from datetime import date
from itertools import pairwise
from random import Random

import msgspec
import pytest

from stream.facts.parse import Accepted, parse_event
from stream.replay import History, Line
from stream.simulate import simulate
from tests.faults.expected import Reference
from tests.faults.feed import full
from tests.faults.plan import NIGHTS, Step, broken, cut, long_plan, moments, salted, short_plan
from tests.faults.staff import KINDS
from tests.unit.engine.events import ENGINE

FEED = list(simulate(80, 5, date(2026, 10, 12), date(2026, 10, 23)))
AT = moments(date(2026, 10, 12), date(2026, 10, 30))


def played(steps: list[Step]) -> Reference:
    reference = Reference(ENGINE)
    for step in steps:
        reference.take(step)
    return reference


def test_the_expected_ledger_is_that_of_history() -> None:
    lines = [Line(number, parse_event(msgspec.json.encode(event))) for number, event in enumerate(FEED, start=1)]
    history = [record["transition_id"] for record in History(ENGINE).play(lines, AT[-1])]
    assert sorted(played(cut(FEED, AT)).transitions.elements()) == sorted(history)


def test_ticks_before_facts_make_the_same_ledger() -> None:
    steps = salted(cut(FEED, AT), Random(1))
    ticks_first = [part for step in steps for part in (Step(step.now), step)]
    assert played(ticks_first).transitions == played(steps).transitions


def test_commands_before_facts_make_the_same_ledger() -> None:
    steps = salted(cut(FEED, AT), Random(1))
    commands_first = [part for s in steps for part in (Step(s.now, (), s.commands), Step(s.now, s.events))]
    assert played(commands_first).transitions == played(steps).transitions


def test_what_staff_ask_comes_to_the_same_before_and_after_the_facts() -> None:
    steps = list(full(salted(cut(FEED, AT), Random(1)), ENGINE))
    commands_first = [part for s in steps for part in (Step(s.now, (), s.commands), Step(s.now, s.events))]
    assert played(commands_first).transitions == played(steps).transitions


@pytest.mark.slow
def test_in_the_long_plan_staff_ask_everything_and_are_answered() -> None:
    reference = played(list(full(long_plan(2, 300), ENGINE)))
    acts = [each.acts for row in reference.rows.values() for each in row.alerts.values()]
    asked = Counter(command["kind"] for command in reference.commands)
    assert asked.keys() == {"dismiss", *(kind for kind, _ in KINDS)}
    assert sum(len(each.commands) for each in acts) > sum(asked.values()) - asked["dismiss"] - asked["snooze"]
    assert {bool(each.owner) for each in acts} == {bool(each.rungs) for each in acts} == {True, False}


def test_a_broken_event_is_refused_by_its_name() -> None:
    refused = parse_event(msgspec.json.encode(broken(FEED[0])))
    assert not isinstance(refused, Accepted)
    assert (refused.patient, refused.ref.id) == (FEED[0]["partitionkey"], f"{FEED[0]['id']}-broken")


@pytest.mark.parametrize("plan", [long_plan, short_plan])
def test_the_same_seed_gives_the_same_plan(plan) -> None:
    assert plan(7, 30) == plan(7, 30) != plan(8, 30)


def test_the_clock_goes_back_once_and_then_over_months() -> None:
    days = [(after.now - before.now).days for before, after in pairwise(long_plan(1, 30))]
    assert (min(days), max(days) > 100) == (-2, True)


def test_the_clock_stands_within_both_nights_on_which_it_is_changed() -> None:
    nights = [step.now for step in long_plan(1, 30) if step.now.date() in NIGHTS]
    assert {at.utcoffset() for at in nights[:5]} == {at.utcoffset() for at in nights[5:]}
    assert len({at.utcoffset() for at in nights[:5]}) == 2
