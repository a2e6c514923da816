"""The ledger book in SQL: what the topic `fristvagt.alerts` said, a hash chain for each of its partitions.

Written by the one reader of each partition. How far it has come is kept in the transaction of the entries: a crash at
any moment leaves both or neither.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from alerts.records.chain import GENESIS, linked, salted_hash
from alerts.records.entry import IDENTIFYING, Entry, Raw, Reading, read_record
from alerts.records.heads import Head, digest_of, head_text
from alerts.records.statements import insert_once
from alerts.records.tables import LEDGER_APPLIED, LEDGER_ENTRIES, LEDGER_HEADS

IDS_AT_ONCE: Final = 500
"""Transition ids that are looked up in one statement."""

ERASED: Final = ("content", "salt", *IDENTIFYING)


def append(
    connection: Connection, partition: int, records: Sequence[tuple[int, Raw]], salt: Callable[[], str]
) -> list[Entry]:
    """Enter records of a partition, given by their offsets in order, and return the entries that are new.

    Left out: offsets that were applied before, and transitions that are in the book (of any partition, since a topic
    with more partitions has its records elsewhere). A record that cannot be read becomes an "unreadable" entry.
    `salt` gives 16 random bytes in hexadecimal each time. Two who append at once to a partition wait for each other.
    """
    place = _lock(connection, partition)
    readings = [(offset, read_record(raw, offset)) for offset, raw in _ahead(records, place.next_offset)]
    if not readings:
        return []
    known = _known(connection, [reading.columns["transition_id"] for _, reading in readings])
    entries = list(_chained(partition, place, _new(readings, known), salt))
    if entries:
        connection.execute(insert(LEDGER_ENTRIES), [_row(entry) for entry in entries])
    seq, chain_hash = (entries[-1].seq, entries[-1].chain_hash) if entries else (place.seq, place.chain_hash)
    here = update(LEDGER_APPLIED).where(LEDGER_APPLIED.c.partition == partition)
    connection.execute(here.values(next_offset=readings[-1][0] + 1, seq=seq, chain_hash=chain_hash))
    return entries


def applied(connection: Connection, partition: int) -> int:
    """Return the offset of a partition that is to be read next, 0 for one that was never read."""
    here = select(LEDGER_APPLIED.c.next_offset).where(LEDGER_APPLIED.c.partition == partition)
    return connection.execute(here).scalar() or 0


def rewind(connection: Connection) -> None:
    """Read every partition from its beginning again: needed once the topic was made anew and its offsets restart.

    Nothing is entered twice, since transitions that are in the book are left out.
    """
    connection.execute(update(LEDGER_APPLIED).values(next_offset=0))


def erase(connection: Connection, patient: str) -> int:
    """Take content, salt, patient and pathway from every entry of a patient, and return how many those were.

    The chain still verifies. Copies of the database are not reached.
    """
    theirs = update(LEDGER_ENTRIES).where(LEDGER_ENTRIES.c.patient == patient)
    return connection.execute(theirs.values(dict.fromkeys(ERASED))).rowcount


def heads(connection: Connection) -> tuple[Head, ...]:
    """Return the last entry of each partition that has any, in their order."""
    table = LEDGER_APPLIED.c
    rows = connection.execute(
        select(table.partition, table.seq, table.chain_hash).where(table.seq > 0).order_by(table.partition)
    )
    return tuple(Head(*row) for row in rows)


def keep_head(connection: Connection, on: date, made_at: datetime) -> str:
    """Return the text of the head of a local date; the first that is made of a date is kept, and stays.

    `made_at` is aware.
    """
    found = heads(connection)
    values = {"day": on, "text": head_text(found, on), "digest": digest_of(found, on), "made_at": made_at}
    insert_once(connection, LEDGER_HEADS, values)
    text: str = connection.execute(select(LEDGER_HEADS.c.text).where(LEDGER_HEADS.c.day == on)).scalar_one()
    return text


def _row(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}


def _lock(connection: Connection, partition: int) -> Row[Any]:
    """Return where a partition's chain stands; nobody else appends to it until the transaction ends."""
    start = {"partition": partition, "next_offset": 0, "seq": 0, "chain_hash": GENESIS}
    insert_once(connection, LEDGER_APPLIED, start)
    here = select(LEDGER_APPLIED).where(LEDGER_APPLIED.c.partition == partition)
    return connection.execute(here.with_for_update()).one()


def _ahead(records: Sequence[tuple[int, Raw]], next_offset: int) -> Iterator[tuple[int, Raw]]:
    for offset, raw in records:
        if offset >= next_offset:
            yield offset, raw
            next_offset = offset + 1


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return those transition ids that are in the book."""
    known: set[str] = set()
    column = LEDGER_ENTRIES.c.transition_id
    for first in range(0, len(ids), IDS_AT_ONCE):
        known.update(connection.scalars(select(column).where(column.in_(ids[first : first + IDS_AT_ONCE]))))
    return known


def _new(readings: Sequence[tuple[int, Reading]], known: set[str]) -> Iterator[tuple[int, Reading]]:
    for offset, reading in readings:
        transition = reading.columns["transition_id"]
        if transition not in known:
            known.add(transition)
            yield offset, reading


def _chained(
    partition: int, place: Row[Any], readings: Iterator[tuple[int, Reading]], salt: Callable[[], str]
) -> Iterator[Entry]:
    previous = place.chain_hash
    for seq, (offset, reading) in enumerate(readings, place.seq + 1):
        grain = salt()
        entry = Entry(
            partition=partition,
            seq=seq,
            source_offset=offset,
            **reading.columns,
            content=reading.content,
            salt=grain,
            content_hash=salted_hash(grain, reading.content),
            chain_hash="",
        )
        entry = linked(previous, entry)
        previous = entry.chain_hash
        yield entry
