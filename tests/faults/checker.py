"""Judges what a fault run left in the log. Pure: it is shown to find each planted fault in test_checker.py.

Each function yields sentences about what is wrong; none is good.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stream.engine import Engine
from stream.row import Row
from stream.view import render
from stream.worker.names import ACTIONS, FACTS, TICKS
from stream.worker.quarantine import patient_of
from tests.faults.expected import Expected, Name, acts_of

REPEATS = 1
"""How often a transition may be written beside the once that it must be: a kill between ledger and row repeats it."""


class Kept(NamedTuple):
    """A record of a topic: where it lies, whose it is, and which event it is, if any."""

    partition: int
    offset: int
    key: bytes
    name: Name | None = None


class Stored(NamedTuple):
    """A record of the changelog. `row` is None for what is no row: a mark of quarantine, or a deletion."""

    partition: int
    offset: int
    key: bytes
    row: Row | None


class Commit(NamedTuple):
    """A committed offset, and where the partition of the same number ended in the witness topic just after.

    The witness of the watch is the changelog, that of intake the facts.
    """

    topic: str
    partition: int
    offset: int
    witness_end: int


@dataclass
class Evidence:
    """What the log holds, and the commits that were seen meanwhile. `read` is FACTS, ACTIONS and TICKS."""

    read: dict[str, list[Kept]]
    inbox: list[Kept]
    changelog: list[Stored]
    clocks: dict[str, dict[str, Any]]
    ledger: list[str]
    letters: list[tuple[Name | None, str]]
    watched: list[Commit] = field(default_factory=list)
    taken_in: list[Commit] = field(default_factory=list)

    @property
    def rows(self) -> dict[str, Row]:
        """The last row of each patient."""
        return {each.row.patient: each.row for each in self.changelog if each.row is not None}


def findings(evidence: Evidence, expected: Expected, engine: Engine) -> list[str]:
    """Return everything that is wrong."""
    return [
        *facts_counted_once(evidence, expected),
        *rows_up_to_date(evidence),
        *rows_going_back(evidence.changelog),
        *clocks_as_replayed(evidence, expected, engine),
        *alerts_as_due(Counter(evidence.ledger), expected.transitions),
        *acts_as_decided(evidence, expected),
        *letters_as_expected(evidence, expected),
        *commits_past_rows(evidence),
        *commits_past_facts(evidence),
    ]


def facts_counted_once(evidence: Evidence, expected: Expected) -> Iterator[str]:
    """Compare each patient's row with what was sent."""
    rows = evidence.rows
    for patient in sorted(expected.facts.keys() | rows.keys()):
        row = rows.get(patient)
        found = set() if row is None else {(ref.source, ref.id) for ref in row.record.facts}
        wanted = expected.facts.get(patient, frozenset())
        if wanted - found:
            yield f"{patient}: {len(wanted - found)} facts lost, such as {min(wanted - found)[1]}"
        if found - wanted:
            yield f"{patient}: {len(found - wanted)} facts that nobody sent"
        if row is not None and row.record.conflicts:
            yield f"{patient}: {row.record.conflicts} facts under a name that was taken"


def rows_up_to_date(evidence: Evidence) -> Iterator[str]:
    """Compare what each row says it has applied with the last record of the patient in each topic."""
    rows = evidence.rows
    for topic, records in evidence.read.items():
        for key, last in {each.key: each for each in records}.items():
            row = rows.get(key.decode())
            applied = 0 if row is None else row.applied.get(topic, 0)
            if applied != last.offset + 1:
                yield f"{key.decode()}: {topic} applied up to {applied}, its last record is {last.offset}"


def rows_going_back(changelog: Iterable[Stored]) -> Iterator[str]:
    """Look for a row that was written over a newer one: by a worker that no longer owned it."""
    last: dict[bytes, Mapping[str, int]] = {}
    for partition, offset, key, row in changelog:
        if row is None:
            if patient_of(key) is not None:
                yield f"a mark of quarantine at {partition}:{offset}"
            else:
                yield f"a deleted row at {partition}:{offset}"
            continue
        before = last.get(key, {})
        if any(row.applied.get(topic, 0) < upto for topic, upto in before.items()):
            yield f"{row.patient}: the row at {partition}:{offset} has {row.applied}, after {dict(before)}"
        last[key] = row.applied


def clocks_as_replayed(evidence: Evidence, expected: Expected, engine: Engine) -> Iterator[str]:
    """Compare the last message of each pathway with `replay`, and with the row that it came from."""
    stored = [clock for message in evidence.clocks.values() for clock in message["clocks"]]
    found = {each["clock_id"]: render(each, expected.at, engine.calendar, engine.units) for each in stored}
    for clock_id in sorted(found.keys() | expected.clocks.keys()):
        if found.get(clock_id) != expected.clocks.get(clock_id):
            yield _difference(clock_id, found.get(clock_id), expected.clocks.get(clock_id))
    for row in evidence.rows.values():
        for pathway, published in row.published.items():
            message = evidence.clocks.get(pathway)
            if message is not None and message["revision"] != published.revision:
                yield f"{pathway}: revision {message['revision']} is out, the row is at {published.revision}"


def _difference(clock_id: str, found: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> str:
    if found is None or wanted is None:
        return f"clock {clock_id} is {'missing' if found is None else 'not of replay'}"
    names = [name for name in wanted if found.get(name) != wanted[name]]
    return f"clock {clock_id} is not as replayed: {', '.join(names)}"


def alerts_as_due(found: Counter[str], wanted: Counter[str]) -> Iterator[str]:
    """Compare the ledger with what had to be warned of."""
    if lost := wanted.keys() - found.keys():
        yield f"{len(lost)} of {len(wanted)} transitions are missing in the ledger, such as {min(lost)}"
    if extra := found.keys() - wanted.keys():
        yield f"{len(extra)} transitions in the ledger that were not due, such as {min(extra)}"
    for name in sorted(wanted.keys() & found.keys()):
        if not wanted[name] <= found[name] <= wanted[name] + REPEATS:
            yield f"transition {name} was written {found[name]} times, {wanted[name]} wanted"


def acts_as_decided(evidence: Evidence, expected: Expected) -> Iterator[str]:
    """Compare what each row remembers of staff's acts with what they asked for."""
    found = acts_of(evidence.rows.values())
    for alert_id, wanted in expected.acts.items():
        if found.get(alert_id) != wanted:
            yield f"alert {alert_id}: the row knows of other acts of staff"


def letters_as_expected(evidence: Evidence, expected: Expected) -> Iterator[str]:
    """Look for dead letters of other events than the broken ones, and for broken ones without."""
    named = {name for name, _ in evidence.letters if name is not None}
    for name, reason in evidence.letters:
        if name is None or name not in expected.refused:
            yield f"dead letter of {name} that is not expected: {reason}"
    for name in sorted(expected.refused - named):
        yield f"no dead letter of {name[1]}"


def commits_past_rows(evidence: Evidence) -> Iterator[str]:
    """For each commit of the watch: every record below it was in its row by then."""
    rows = _by_partition(evidence.changelog)
    for topic in (FACTS, ACTIONS, TICKS):
        records = _by_partition(evidence.read.get(topic, []))
        for partition, commits in _by_partition([each for each in evidence.watched if each.topic == topic]).items():
            stored, waiting = iter(rows.get(partition, [])), None
            applied: dict[bytes, int] = {}
            for commit in sorted(commits, key=lambda each: each.witness_end):
                while (waiting := waiting or next(stored, None)) and waiting.offset < commit.witness_end:
                    if waiting.row is not None:
                        applied[waiting.key] = max(applied.get(waiting.key, 0), waiting.row.applied.get(topic, 0))
                    waiting = None
                below = {each.key: each.offset for each in records.get(partition, []) if each.offset < commit.offset}
                if unsettled := [key for key, offset in below.items() if applied.get(key, 0) <= offset]:
                    yield f"{topic}-{partition}: {commit.offset} committed, {len(unsettled)} patients not stored"


def commits_past_facts(evidence: Evidence) -> Iterator[str]:
    """For each commit of intake: every accepted event below it lay in the facts by then."""
    facts = _by_partition(evidence.read.get(FACTS, []))
    inbox = _by_partition(evidence.inbox)
    accepted = {each.name for each in evidence.read.get(FACTS, [])}
    for partition, commits in _by_partition(evidence.taken_in).items():
        first: dict[Name | None, int] = {}
        for each in facts.get(partition, []):
            first.setdefault(each.name, each.offset)
        for commit in commits:
            below = [each for each in inbox.get(partition, []) if each.offset < commit.offset and each.name in accepted]
            if unsettled := [each for each in below if first.get(each.name, commit.witness_end) >= commit.witness_end]:
                yield f"inbox-{partition}: {commit.offset} committed, {len(unsettled)} events not passed on"


def _by_partition(records: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for each in records:
        found[each.partition].append(each)
    return found
