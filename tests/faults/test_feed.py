"""The feed of a run lasts: steps in which facts, commands and ticks meet, and a share of them for each phase."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.__main__ import phases
from tests.faults.expected import Reference
from tests.faults.feed import Feed, full, spread
from tests.faults.plan import Step, long_plan, short_plan
from tests.unit.engine.events import ENGINE

PLAN = list(full(long_plan(2, 300), ENGINE))
DAY = PLAN[0].now


def week(days: str) -> Feed:
    """Steps: `F` is a full one."""
    return Feed(Step(DAY + timedelta(days=number), is_full=day == "F") for number, day in enumerate(days))


def commanded(step: Step) -> set[str]:
    """Patients of whom intake or a person says something in the step."""
    broken = {each["partitionkey"] for each in step.events if each["id"].endswith("-broken")}
    return broken | {each["patient"] for each in step.commands}


def test_in_each_full_step_facts_commands_and_ticks_meet_on_a_patient() -> None:
    reference, known, met = Reference(ENGINE), set(), []
    for step in PLAN:
        due = {patient for patient, row in reference.rows.items() if row.next_due and row.next_due <= step.now}
        news = {each["partitionkey"] for each in step.events if each["id"] not in known and "broken" not in each["id"]}
        known |= {each["id"] for each in step.events}
        met.append((step.is_full, len(news & due & commanded(step))))
        reference.take(step)
    assert min(number for is_full, number in met if is_full) >= 1


@pytest.mark.parametrize("plan", [long_plan, short_plan])
def test_what_was_in_the_plan_stays_in_it_in_the_order_of_each_patient(plan) -> None:
    for before, after in zip(plan(2, 100), full(plan(2, 100), ENGINE), strict=True):
        added = [each for each in after.events if each not in before.events]
        assert all("broken" in each["id"] for each in added)
        for patient in {each["partitionkey"] for each in before.events}:
            left = [each for each in after.events if each["partitionkey"] == patient and each not in added]
            assert left == [each for each in before.events if each["partitionkey"] == patient]
        assert after.commands[: len(before.commands)] == before.commands


def test_a_weekend_is_not_full() -> None:
    assert not any(step.is_full for step in PLAN if step.now.weekday() > 4)


@pytest.mark.slow
@pytest.mark.parametrize("pathways", [300, 1200])
def test_each_phase_of_the_long_run_has_full_steps_left_even_if_those_before_use_up_their_share(pathways) -> None:
    feed = Feed(full(long_plan(9, pathways), ENGINE))
    parts = phases(100, Path("rulebook.toml"))
    found = []
    for number, part in enumerate(parts, start=1):
        keep = feed.kept(part.shares, 1 + sum(later.shares for later in parts[number:]))
        used = 0
        while (step := feed.take(keep)) is not None:
            used += step.is_full
        found.append(used)
    assert min(found) >= 1
    assert feed.full >= 1


def test_steps_that_are_kept_for_others_are_not_handed_out() -> None:
    feed = week("F-FF")
    assert [feed.take(2) is not None for _ in range(3)] == [True, True, False]
    assert feed.full == len(feed) == 2


def test_nothing_is_judged_while_the_clock_stands_behind_where_it_has_been() -> None:
    steps = [Step(DAY + timedelta(days=number)) for number in (5, 2, 4, 6, 7)]
    feed = Feed(steps)
    assert feed.take() is steps[0]
    assert list(feed.to_judge()) == steps[1:4]
    assert list(feed.to_judge()) == steps[4:]
    assert list(feed.to_judge()) == [None]


def test_the_quiet_steps_before_a_full_one_are_given_alone() -> None:
    feed = week("--F-")
    assert [step.is_full for step in feed.quiet()] == [False, False]
    assert len(feed) == 2


def test_what_is_left_is_divided_by_the_shares() -> None:
    assert week("F" * 9).kept(1, 2) == 6


def test_a_part_of_a_step_goes_to_those_who_come_later() -> None:
    assert week("FF").kept(2, 1) == 1


def test_an_empty_feed_hands_out_nothing() -> None:
    assert Feed([]).take() is None


@pytest.mark.parametrize(("over", "used"), [(0, 1), (24, 1), (25, 2), (99, 4), (100, 4)])
def test_few_steps_are_spread_over_many_faults(over: int, used: int) -> None:
    assert spread(4, 100, over) == used


def test_few_faults_hold_no_step_back() -> None:
    assert spread(4, 4, 0) == 4
