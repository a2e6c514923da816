"""The row as it should be, from the topics alone: what a command of `stream.rebuild` carries to the worker.

Alerts are taken from the ledger, so that nothing is warned of twice and what the ledger lost is sent again: the worker
evaluates the row for the last moment that the ledger knows, and then for each due moment since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from stream.clock import format_moment
from stream.engine import Engine
from stream.facts.record import Record
from stream.identity import Minted, is_minted_well
from stream.law.fact import Fact, Ref
from stream.rebuild import REBUILD, Read, rebuild_command
from stream.reconcile.compare import readable, record_differences
from stream.reconcile.ledger import Decision, Ledger, read_ledger
from stream.reconcile.refold import Refolded, is_own, own_refusals, refold
from stream.reconcile.seen import Message, Reach, Seen
from stream.row import Published, Row
from stream.worker.names import ACTIONS, ALERTS, FACTS
from stream.worker.quarantine import ACTION_SOURCE, Mark, read_mark

TOO_OLD = "facts or commands of it are deleted already: restore the topics from a backup first"
LOST = "its row holds more facts than the topics: restore the topics from a backup first, they have lost records"
OTHER_RULES = "its row was evaluated by other rules than those of this command: use the worker's rule files"
TOO_LARGE = "its row is larger than a record may be: raise max_message_bytes here and on the brokers"


class Remedy(NamedTuple):
    """What to send for a patient, or why nothing can be sent."""

    command: dict[str, Any] | None = None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Healer:
    """Says what puts a patient right, by the rules of an engine.

    `max_bytes` is what key and value of a record may have together.
    """

    engine: Engine
    max_bytes: int

    def remedy(self, seen: Seen, reach: Reach, revisions: Mapping[str, int], now: datetime) -> Remedy:
        """Return the command for a patient. `revisions` are those that readers know, by pathway; `now` is aware."""
        held = readable(seen.row)
        if held is not None and held.digest != self.engine.digest:
            return Remedy(obstacle=OTHER_RULES)
        refolded = refold(seen, reach.number, reach.ends)
        record = _record(held, refolded, seen, reach, now)
        if record is None:
            return Remedy(obstacle=TOO_OLD)
        if held is not None and len(held.record.facts) > len(record.facts):
            return Remedy(obstacle=LOST)
        ledger = read_ledger(seen.ledger)
        row = Row(
            patient=seen.patient,
            record=record,
            minted=_minted(self.engine, held, record, refolded.arrivals),
            alerts=_alert_states(held, ledger, reach),
            published=_published(seen, held, revisions),
            applied=refolded.applied,
            partition=reach.number,
            evaluated=None if ledger.last is None else ledger.last.evaluated,
        )
        upto = {topic: reach.ends.get(topic, 0) for topic in (FACTS, ACTIONS)}
        read = Read(reach.partitions, upto, {} if held is None else held.applied, now)
        command = rebuild_command(row, read) | _why(ledger.last)
        is_large = len(seen.patient.encode()) + len(msgspec.json.encode(command)) > self.max_bytes
        return Remedy(obstacle=TOO_LARGE) if is_large else Remedy(command)


def _why(last: Decision | None) -> dict[str, Any]:
    """Return the reason of the last decision: taken once more, it gives what the ledger lost of it the same ids."""
    if last is None:
        return {"cause": None, "due": None}
    return {"cause": last.cause, "due": None if last.due is None else format_moment(last.due)}


def _record(held: Row | None, refolded: Refolded, seen: Seen, reach: Reach, now: datetime) -> Record | None:
    """Return the record, with the names that the worker alone could give. Without all records, only a sound one."""
    if reach.is_trimmed(FACTS, ACTIONS):
        sound = held is not None and not record_differences(held.record, refolded.record, is_trimmed=True)
        return held.record if held is not None and sound else None
    record = refolded.record
    marked = _waiting(seen.mark, now)
    if held is not None:
        record = record.refuse(*_kept(own_refusals(held.record, record)))
        record = record.dismiss(*(ref for ref in held.record.dismissed - record.dismissed if is_own(ref)))
        marked |= held.record.refused
    # A command that could not be applied then was read now: its name need not wait for anybody.
    done = (ref for ref in marked if ref.source == ACTION_SOURCE and ref.id in refolded.understood)
    return record.dismiss(*done)


def _kept(refusals: Iterable[Ref]) -> list[Ref]:
    """Return the refusals of the worker that stay: those of earlier rebuilds have been answered by this one."""
    return [ref for ref in refusals if not ref.id.startswith(f"{REBUILD}:")]


def _waiting(mark: bytes | None, now: datetime) -> set[Ref]:
    found: Mark | None = read_mark(mark, now)
    return set() if found is None else {Ref(name.source, name.id) for name in found.pending}


def _minted(engine: Engine, held: Row | None, record: Record, arrivals: Sequence[Fact]) -> tuple[Minted, ...]:
    """Return all ids ever given: the row's, if each is sound, else those that the facts give in order of arrival."""
    if held is not None and all(_is_sound(each, held.patient, record) for each in held.minted):
        return held.minted
    row, at = Row(arrivals[0].patient if arrivals else "", Record()), None
    for fact in arrivals:
        at = fact.time if at is None else max(at, fact.time)
        row = msgspec.structs.replace(row, record=row.record.add(fact))
        row = msgspec.structs.replace(row, minted=engine.judged(row, at)[1])
    return row.minted


def _is_sound(minted: Minted, patient: str, record: Record) -> bool:
    return is_minted_well(minted, patient) and all(Ref(*start) in record.facts for start in minted.starts)


def _alert_states(held: Row | None, ledger: Ledger, reach: Reach) -> dict[str, Any]:
    states = {clock_id: each.state for clock_id, each in ledger.alerts.items()}
    if held is None or not reach.is_trimmed(ALERTS):
        return states
    before = {clock_id: state.told for clock_id, state in held.alerts.items()}  # also of what retention has taken
    known = {clock_id: replace(each, told=before.get(clock_id, b"") + each.told) for clock_id, each in states.items()}
    return {**held.alerts, **known}


def _published(seen: Seen, held: Row | None, revisions: Mapping[str, int]) -> dict[str, Published]:
    """Return the highest revision of each pathway that anybody has seen."""
    found = dict(revisions)
    for pathway, message in (seen.clocks or {}).items():
        found[pathway] = max(found.get(pathway, 0), revision_of(message))
    for pathway, each in held.published.items() if held else ():
        found[pathway] = max(found.get(pathway, 0), each.revision)
    return {pathway: Published(revision, b"") for pathway, revision in found.items()}


class _Revision(msgspec.Struct):
    revision: int


def revision_of(message: Message) -> int:
    """Return the revision that a message of the clocks topic carries; 0 if it carries none."""
    try:
        return msgspec.json.decode(message.value or b"", type=_Revision).revision
    except (msgspec.DecodeError, ValueError):
        return 0
