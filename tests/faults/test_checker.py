"""The checker of the fault runs says nothing of a good log, and finds each thing that is planted in it."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from alerts.acts import Acts
from stream.row import Row
from stream.worker.names import ACTIONS, FACTS, TICKS
from stream.worker.quarantine import mark_key
from stream.worker.transport import Record
from stream.worker.transport.fence import OWNER, Stamp
from tests.faults.checker import Commit, Evidence, Stored, findings
from tests.faults.expected import Reference
from tests.faults.feed import full
from tests.faults.perfect import Perfect
from tests.faults.plan import Step, short_plan
from tests.faults.witness import changelog_of
from tests.unit.engine.events import ENGINE

STEPS = list(full(short_plan(3, 200), ENGINE))
REFERENCE = Reference(ENGINE)
for each in STEPS:
    REFERENCE.take(each)
EXPECTED = REFERENCE.expected(STEPS[-1].now)
GOOD = Perfect(ENGINE).play(STEPS)


def test_a_good_log_is_good() -> None:
    assert findings(GOOD, EXPECTED, ENGINE) == []


def test_the_plan_has_what_is_to_be_checked() -> None:
    assert all((GOOD.changelog, GOOD.ledger, GOOD.letters, GOOD.clocks, *GOOD.read.values()))


def last_row(evidence: Evidence, of: str = FACTS) -> tuple[int, Row]:
    """The last row that a record of the topic led to, and where it lies."""
    key = evidence.read[of][-1].key
    return max((each.offset, each.row) for each in evidence.changelog if each.key == key and each.row is not None)


def rewritten(evidence: Evidence, at: int, row: Row) -> None:
    evidence.changelog[at] = evidence.changelog[at]._replace(row=row)


def lose_a_fact(evidence: Evidence) -> None:
    at, row = last_row(evidence)
    lost = next(iter(row.record.facts))
    record = replace(row.record, facts={ref: fact for ref, fact in row.record.facts.items() if ref != lost})
    rewritten(evidence, at, msgspec.structs.replace(row, record=record))


def invent_a_patient(evidence: Evidence) -> None:
    _, row = last_row(evidence)
    stranger = msgspec.structs.replace(row, patient="somebody", published={})
    evidence.changelog.append(Stored(0, len(evidence.changelog), b"somebody", stranger))


def skip_a_record(topic: str) -> Callable[[Evidence], None]:
    def skip(evidence: Evidence) -> None:
        at, row = last_row(evidence, topic)
        applied = {**row.applied, topic: row.applied[topic] - 1}
        rewritten(evidence, at, msgspec.structs.replace(row, applied=applied))

    return skip


def write_an_old_row(evidence: Evidence) -> None:
    twice = [each.key for each in evidence.changelog]
    key = next(key for key in twice if twice.count(key) > 1)
    old = next(each for each in evidence.changelog if each.key == key)
    new = max(each for each in evidence.changelog if each.key == key)
    end = len(evidence.changelog)
    evidence.changelog += [old._replace(offset=end), new._replace(offset=end + 1)]


def quarantine(evidence: Evidence) -> None:
    evidence.changelog.append(Stored(0, len(evidence.changelog), mark_key(b"somebody"), None))


def delete_a_row(evidence: Evidence) -> None:
    evidence.changelog.append(Stored(0, len(evidence.changelog), b"somebody", None))


def publish_an_old_clock(evidence: Evidence) -> None:
    pathway, message = next(iter(evidence.clocks.items()))
    clock = {**message["clocks"][0], "deadline": "2020-01-01"}
    evidence.clocks[pathway] = {**message, "clocks": [clock, *message["clocks"][1:]]}


def publish_an_old_revision(evidence: Evidence) -> None:
    pathway, message = next(iter(evidence.clocks.items()))
    evidence.clocks[pathway] = {**message, "revision": message["revision"] - 1}


def lose_a_clock(evidence: Evidence) -> None:
    del evidence.clocks[next(iter(evidence.clocks))]


def lose_an_alert(evidence: Evidence) -> None:
    evidence.ledger.pop()


def warn_three_times(evidence: Evidence) -> None:
    evidence.ledger += evidence.ledger[-1:] * 2


def warn_of_nothing(evidence: Evidence) -> None:
    evidence.ledger.append("0" * 32)


def forget_an_act(evidence: Evidence) -> None:
    acted = (row for row in evidence.rows.values() if any(each.acts.owner for each in row.alerts.values()))
    row = next(acted)
    at = max(each.offset for each in evidence.changelog if each.row is not None and each.row.patient == row.patient)
    alerts = {clock: msgspec.structs.replace(each, acts=Acts()) for clock, each in row.alerts.items()}
    rewritten(evidence, at, msgspec.structs.replace(row, alerts=alerts))


def refuse_a_good_event(evidence: Evidence) -> None:
    evidence.letters.append((evidence.inbox[0].name, "invalid"))


def lose_a_letter(evidence: Evidence) -> None:
    evidence.letters.clear()


def commit_before_the_row(topic: str) -> Callable[[Evidence], None]:
    def commit(evidence: Evidence) -> None:
        at = next(i for i, each in enumerate(evidence.watched) if each.topic == topic)
        evidence.watched[at] = evidence.watched[at]._replace(witness_end=evidence.watched[at].witness_end - 1)

    return commit


def commit_before_the_fact(evidence: Evidence) -> None:
    evidence.taken_in.append(Commit("fristvagt.inbox", 0, len(evidence.inbox), 0))


PLANTED: list[tuple[Callable[[Evidence], None], str]] = [
    (lose_a_fact, "facts lost"),
    (invent_a_patient, "facts that nobody sent"),
    (skip_a_record(FACTS), "its last record is"),
    (skip_a_record(ACTIONS), "its last record is"),
    (skip_a_record(TICKS), "its last record is"),
    (write_an_old_row, "the row at"),
    (quarantine, "a mark of quarantine"),
    (delete_a_row, "a deleted row"),
    (publish_an_old_clock, "not as replayed"),
    (publish_an_old_revision, "is out, the row is at"),
    (lose_a_clock, "is missing"),
    (lose_an_alert, "missing in the ledger"),
    (warn_three_times, "was written 3 times"),
    (warn_of_nothing, "were not due"),
    (forget_an_act, "other acts of staff"),
    (refuse_a_good_event, "that is not expected"),
    (lose_a_letter, "no dead letter of"),
    (commit_before_the_row(FACTS), "patients not stored"),
    (commit_before_the_row(ACTIONS), "patients not stored"),
    (commit_before_the_row(TICKS), "patients not stored"),
    (commit_before_the_fact, "events not passed on"),
]


@pytest.mark.parametrize(("plant", "said"), PLANTED)
def test_what_is_planted_is_found(plant: Callable[[Evidence], None], said: str) -> None:
    evidence = Evidence(**{name: copy(value) for name, value in vars(GOOD).items()})
    plant(evidence)
    assert [found for found in findings(evidence, EXPECTED, ENGINE) if said in found]


def test_an_alert_may_be_written_once_more_after_a_kill() -> None:
    repeated = replace(GOOD, ledger=[*GOOD.ledger, GOOD.ledger[0]])
    assert findings(repeated, EXPECTED, ENGINE) == []


def test_a_clock_put_back_causes_the_same_transition_again() -> None:
    steps = [*STEPS, *(Step(STEPS[-1].now - timedelta(days=days)) for days in (1, 0))]
    reference = Reference(ENGINE)
    for step in steps:
        reference.take(step)
    assert findings(Perfect(ENGINE).play(steps), reference.expected(steps[-1].now), ENGINE) == []
    assert steps[-2].now.date() < date(2026, 10, 27)


def test_a_row_that_came_late_is_left_out_as_in_a_recovery() -> None:
    stamps = {epoch: msgspec.msgpack.encode(Stamp(epoch, 1, b"w")) for epoch in (1, 2)}
    row = next(each.row for each in GOOD.changelog if each.row is not None).encode()
    records = [Record(offset, b"k", row, ((OWNER, stamps[epoch]),), 0.0) for offset, epoch in enumerate((1, 2, 1))]
    assert [each.offset for each in changelog_of([(0, record) for record in records])] == [0, 1]
