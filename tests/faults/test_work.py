"""What happened in a phase is counted in the log, and a phase in which one kind did not happen is found."""

from collections.abc import Mapping

import pytest

from stream.worker.names import ACTIONS, FACTS, TICKS
from tests.faults.checker import Kept
from tests.faults.feed import full
from tests.faults.perfect import Perfect
from tests.faults.plan import short_plan
from tests.faults.work import Work, done
from tests.unit.engine.events import ENGINE

STEPS = list(full(short_plan(3, 200), ENGINE))
LAST = next(number for number, step in reversed(list(enumerate(STEPS))) if step.is_full)


def read_after(steps: int) -> dict[str, list[Kept]]:
    return {topic: list(records) for topic, records in Perfect(ENGINE).play(STEPS[:steps]).read.items()}


def ends(read: Mapping[str, list[Kept]]) -> dict[tuple[str, int], int]:
    return {(topic, 0): len(records) for topic, records in read.items()}


SINCE, READ = ends(read_after(LAST)), read_after(LAST + 1)


def test_a_full_step_is_work_of_each_kind() -> None:
    found = done(READ, SINCE, ends(READ))
    assert min(found.facts, found.commands, found.ticks) >= 1
    assert found.ticks == len(READ[TICKS]) - SINCE[TICKS, 0]


def test_all_kinds_on_one_patient_are_seen() -> None:
    same = {topic: [Kept(0, 0, b"someone", ("urn:h", "1"))] for topic in READ}
    found = done(same, dict.fromkeys(SINCE, 0), ends(same))
    assert (found.patients, found.lacking()) == (1, [])


@pytest.mark.parametrize(("topic", "said"), [(FACTS, "no facts"), (ACTIONS, "no commands"), (TICKS, "no ticks")])
def test_a_kind_that_there_was_none_of_is_named(topic: str, said: str) -> None:
    read = {**READ, topic: READ[topic][: SINCE[topic, 0]]}
    assert [each for each in done(read, SINCE, ends(read)).lacking() if said in each]


def test_repeats_are_no_facts() -> None:
    again = [each._replace(offset=number) for number, each in enumerate(READ[FACTS] * 2)]
    read = {**READ, FACTS: again}
    assert done(read, ends(READ), ends(read)).facts == 0


def test_what_came_after_the_faults_does_not_count() -> None:
    assert done(READ, SINCE, SINCE) == Work(0, 0, 0, 0)


def test_kinds_that_do_not_meet_on_a_patient_are_told_apart() -> None:
    apart = {topic: [Kept(0, 0, topic.encode(), ("urn:h", "1"))] for topic in READ}
    assert done(apart, dict.fromkeys(SINCE, 0), ends(apart)) == Work(1, 1, 1, 0)


def test_it_reads_as_a_sentence() -> None:
    assert str(Work(3, 2, 5, 1)) == "3 facts, 2 commands, 5 ticks, 1 patients with all"
