"""Records and small books for tests."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.ledger import LedgerRecord, alert_id_of, fact_cause
from alerts.records.chain import GENESIS, linked, salted_hash
from alerts.records.entry import IDENTIFYING, Entry, Raw, read_record
from alerts.records.proving import Link, Mark, Prover, Verdict

MORNING = datetime(2026, 2, 2, 8, tzinfo=UTC)


def record(number: int, *, patient: str = "k1:p1", **changes: Any) -> dict[str, Any]:
    """Return the record of a transition, another for each number."""
    made = LedgerRecord(
        alert_id=alert_id_of(f"clock of {patient}"),
        clock_id=f"clock of {patient}",
        patient=patient,
        pathway=f"pathway of {patient}",
        right="cancer.treatment",
        line=1,
        unit="440781000016009",
        region=None,
        kind="raised",
        from_tier=None,
        to_tier="plan",
        reason="no_date",
        at=MORNING + timedelta(minutes=number),
        due=None,
        late=False,
        unverified=False,
        cause=fact_cause("urn:test", f"e{number}"),
        actor=None,
        rulebook="1",
        policy="1",
    )
    return made.to_json() | changes


def salt(number: int) -> str:
    return f"{number:032x}"


def book(raws: Iterable[Raw], partition: int = 0) -> list[Entry]:
    """Return the entries that a partition with these records has."""
    entries, previous = [], GENESIS
    for number, raw in enumerate(raws):
        read = read_record(raw, number)
        digest = salted_hash(salt(number), read.content)
        place = {"partition": partition, "seq": number + 1, "source_offset": number}
        hashes = {"salt": salt(number), "content_hash": digest, "chain_hash": ""}
        entry = linked(previous, Entry(**place, **read.columns, content=read.content, **hashes))
        entries.append(entry)
        previous = entry.chain_hash
    return entries


def erased(entry: Entry) -> Entry:
    return replace(entry, content=None, salt=None, **dict.fromkeys(IDENTIFYING))


def links(entries: Iterable[Entry]) -> Iterator[Link]:
    """Yield entries as if each followed the one that was given before it."""
    previous = GENESIS
    for entry in entries:
        yield (GENESIS if entry.seq == 1 else previous), entry
        previous = entry.chain_hash


def prove(entries: Iterable[Entry], *, whole: bool = True, marks: Iterable[Mark] = ()) -> Verdict:
    prover = Prover(whole=whole)
    prover.expect(marks)
    return prover.verdict(prover.look(links(entries)))
