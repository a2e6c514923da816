"""One patient: what the worker keeps and has published against what facts and commands say.

Everything is judged as of the offsets that the row says it has applied, and at the moment at which it was last
evaluated; the engine has to come to exactly the same row again. So the comparison holds while the stream moves on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from stream.engine import Engine
from stream.facts.record import Record
from stream.identity import is_minted_well
from stream.law.fact import Fact, Ref
from stream.reconcile.differences import Difference, Kind
from stream.reconcile.ledger import Ledger, differs, read_ledger
from stream.reconcile.refold import Refolded, is_own, own_refusals, refold
from stream.reconcile.seen import Reach, Seen
from stream.result import Result
from stream.row import FORMAT, Published, Row
from stream.worker.names import ACTIONS, ALERTS, FACTS


@dataclass(slots=True)
class Compared:
    """What came of one patient. `other_rules`: the row was evaluated by other rules, so its clocks were not judged."""

    differences: list[Difference] = field(default_factory=list)
    other_rules: bool = False


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares patients by the rules of an engine.

    `patience` is how long, on the law's clock, a due moment may lie back before somebody should have looked.
    """

    engine: Engine
    patience: timedelta

    def compare(self, seen: Seen, reach: Reach) -> Compared:
        """Compare everything that was read of a patient."""
        compared = Compared()
        row = readable(seen.row)
        if row is None:
            compared.differences += _without_row(seen, reach)
            return compared
        refolded = refold(seen, reach.number, _applied(row, reach))
        compared.differences += _record(row, refolded, seen, reach)
        ledger = read_ledger(seen.ledger)
        compared.differences += _alerts(seen.patient, row, ledger, reach)
        compared.differences += self._overdue(row, seen, reach)
        compared.other_rules = row.digest != self.engine.digest
        if row.evaluated is not None and not compared.other_rules:
            compared.differences += self._evaluated(row, seen, reach)
        return compared

    def _overdue(self, row: Row, seen: Seen, reach: Reach) -> Iterator[Difference]:
        """Tell whether a look is missing. A patient in quarantine is looked at again after an hour, and not counted."""
        if row.next_due is None or reach.now is None or seen.mark is not None:
            return
        if row.next_due + self.patience < reach.now:
            yield Difference(Kind.OVERDUE_LOOK, seen.patient)

    def _evaluated(self, row: Row, seen: Seen, reach: Reach) -> Iterator[Difference]:
        try:
            again = evaluated_again(self.engine, row)
        except Exception as error:  # noqa: BLE001 - a row whose fold raises is its patient's matter, as in the worker
            yield Difference(Kind.ROW_STATE, seen.patient, note=type(error).__name__)
            return
        places = {"patient": row.patient == seen.patient, "partition": row.partition == reach.number}
        wrong = _state(row, again) + [name for name, is_right in places.items() if not is_right]
        if wrong:
            yield Difference(Kind.ROW_STATE, seen.patient, note=", ".join(wrong))
        if seen.clocks is not None:
            yield from _clocks(row, again, seen)


def readable(data: bytes | None) -> Row | None:
    """Return a stored row, or None if there is none or it cannot be read."""
    if data is None:
        return None
    try:
        return Row.decode(data)
    except Exception:  # noqa: BLE001 - damage can raise anything
        return None


def evaluated_again(engine: Engine, row: Row) -> Result:
    """Evaluate a row as it is for the moment for which it was last evaluated, publishing every pathway."""
    blank = {pathway: Published(each.revision, b"") for pathway, each in row.published.items()}
    if row.evaluated is None:
        raise ValueError("the row was never evaluated")
    return engine.refresh(msgspec.structs.replace(row, published=blank, next_due=None), row.evaluated)


def _without_row(seen: Seen, reach: Reach) -> Iterator[Difference]:
    if seen.row is not None:
        is_foreign = seen.row[:1] > bytes([FORMAT])
        yield Difference(Kind.ROW_FOREIGN if is_foreign else Kind.ROW_UNREADABLE, seen.patient)
        return
    refolded = refold(seen, reach.number, reach.settled)
    if seen.mark is not None:
        yield Difference(Kind.QUARANTINED, seen.patient)
    elif refolded.applied:
        yield Difference(Kind.ROW_MISSING, seen.patient)
    elif refolded.is_empty:
        for pathway, message in (seen.clocks or {}).items():
            if message.value is not None:
                yield Difference(Kind.CLOCK_STRAY, seen.patient, pathway)


def _applied(row: Row, reach: Reach) -> dict[str, int]:
    """Return up to where the row must hold everything. What the row says beyond the end of a topic is not believed."""
    return {
        topic: max(min(row.applied.get(topic, 0), reach.ends.get(topic, 0)), reach.settled.get(topic, 0))
        for topic in (FACTS, ACTIONS)
    }


def _record(row: Row, refolded: Refolded, seen: Seen, reach: Reach) -> Iterator[Difference]:
    is_trimmed = reach.is_trimmed(FACTS, ACTIONS)
    if refolded.is_empty and not is_trimmed and seen.mark is None:
        yield Difference(Kind.ROW_WITHOUT_FACTS, seen.patient)
        return
    found = record_differences(row.record, refolded.record, is_trimmed=is_trimmed)
    wrong = [topic for topic, end in row.applied.items() if end > reach.ends.get(topic, end)]
    found += [f"applied {topic}" for topic in wrong]
    if found:
        yield Difference(Kind.RECORD, seen.patient, note=", ".join(found))
    if left := _left_out(row.record, refolded.record):
        yield Difference(Kind.QUARANTINED, seen.patient, note=f"{len(left)} facts")


def _left_out(held: Record, told: Record) -> list[Ref]:
    """Return the facts that the worker could not apply, and has marked as missing."""
    return [ref for ref in told.facts if ref not in held.facts and ref in held.refused]


def record_differences(held: Record, told: Record, *, is_trimmed: bool = False) -> list[str]:
    """Return in what a row's record differs from the refolded one; if older records are gone it may hold more."""
    missing = sum(ref not in held.facts and ref not in held.refused for ref in told.facts)
    changed = sum(ref in held.facts and not _same(held.facts[ref], fact) for ref, fact in told.facts.items())
    found = {"facts missing": missing, "facts changed": changed}
    found["refusals missing"] = len(told.refused - held.refused)
    found["dismissals missing"] = len(told.dismissed - held.dismissed)
    if not is_trimmed:
        found["facts from nowhere"] = sum(ref not in told.facts for ref in held.facts)
        found["refusals from nowhere"] = len(held.refused - told.refused - own_refusals(held, told))
        found["dismissals from nowhere"] = sum(not is_own(ref) for ref in held.dismissed - told.dismissed)
        found["conflicts"] = int(_conflicts(held) != _conflicts(told) and not _left_out(held, told))
    return [f"{count} {name}" for name, count in found.items() if count]


def _same(held: Fact, told: Fact) -> bool:
    """Compare two facts. Their order keys may be spelt otherwise by another version, and only settle conflicts."""
    return held == told or msgspec.structs.replace(held, order_key=b"") == msgspec.structs.replace(told, order_key=b"")


def _conflicts(record: Record) -> dict[Ref, int]:
    return {ref: len(contents) for ref, contents in record.beaten.items()}


def _state(row: Row, again: Result) -> list[str]:
    """Return the fields of a row that do not follow from its record."""
    wrong = [
        name
        for name in ("minted", "alerts", "open_clocks", "next_due")
        if getattr(row, name) != getattr(again.row, name)
    ]
    if again.ledger and "alerts" not in wrong:
        wrong.append("alerts")
    if "minted" not in wrong and not all(is_minted_well(each, row.patient) for each in row.minted):
        wrong.append("minted")
    digests = {pathway: each.digest for pathway, each in row.published.items()}
    if digests != {pathway: each.digest for pathway, each in again.row.published.items()}:
        wrong.append("published")
    return wrong


def _alerts(patient: str, row: Row, ledger: Ledger, reach: Reach) -> Iterator[Difference]:
    if ledger.unreadable:
        yield Difference(Kind.LEDGER_GAP, patient, note=f"{ledger.unreadable} unreadable")
    for clock_id in dict.fromkeys((*row.alerts, *ledger.alerts)):
        held, told = row.alerts.get(clock_id), ledger.alerts.get(clock_id)
        if told is not None and told.has_gap and not reach.is_trimmed(ALERTS):
            yield Difference(Kind.LEDGER_GAP, patient, clock_id)
        if held is None:
            if reach.is_quiet:
                yield Difference(Kind.ROW_ALERT, patient, clock_id)
        elif told is None or (held.status, held.tier, held.since) not in told.moves:
            if not reach.is_trimmed(ALERTS):
                yield Difference(Kind.LEDGER_MISSING, patient, clock_id)
        elif (wrong := differs(told, held)) and reach.is_quiet:
            yield Difference(Kind.ROW_ALERT, patient, clock_id, ", ".join(wrong))


def _clocks(row: Row, again: Result, seen: Seen) -> Iterator[Difference]:
    found = seen.clocks or {}
    expected = {message["pathway"]: message for message in again.clocks}
    for pathway, published in row.published.items():
        message = found.get(pathway)
        wanted = expected.get(pathway) or {"clocks": None}
        if message is None or message.value is None:
            if wanted["clocks"] is not None:
                yield Difference(Kind.CLOCK_MISSING, seen.patient, pathway)
        elif wrong := _message(message.value, {**wanted, "revision": published.revision}):
            yield Difference(Kind.CLOCK_WRONG, seen.patient, pathway, ", ".join(wrong))
    for pathway, message in found.items():
        if pathway not in row.published and message.value is not None:
            yield Difference(Kind.CLOCK_STRAY, seen.patient, pathway)


def _message(value: bytes, wanted: Mapping[str, Any]) -> list[str]:
    """Return the fields in which a message differs from what should have been published."""
    try:
        message = msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError):
        return ["unreadable"]
    plain = msgspec.json.decode(msgspec.json.encode(wanted), type=dict[str, Any])
    return sorted(name for name in {*message, *plain} if message.get(name) != plain.get(name))
