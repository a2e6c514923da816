"""Reading the ledger book: whether it is as it was written, an export for others, and the story of a pathway."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, Text, and_, func, or_, select, true

from alerts.records.chain import GENESIS
from alerts.records.entry import REFUSED, Entry
from alerts.records.errors import HeadTextError
from alerts.records.exported import entry_line, first_line, last_line
from alerts.records.heads import read_head_text
from alerts.records.ledgerbook import heads as heads_of
from alerts.records.proving import Fault, Link, Mark, Prover, Verdict
from alerts.records.tables import LEDGER_APPLIED, LEDGER_ENTRIES, LEDGER_HEADS

ROWS_AT_ONCE: Final = 500

TABLE: Final = LEDGER_ENTRIES.c
TEXTS: Final = tuple(column.name for column in TABLE if isinstance(column.type, Text))


def verify(connection: Connection, *, heads: str | None = None) -> Verdict:
    """Recompute every hash of the book, in bounded memory, and hold it against all stored heads and a given one.

    Finds altered content, columns that say otherwise than their content, entries missing, moved or cut off at the
    end, and heads that do not fit. Raises HeadTextError if `heads` is no text of a head. Best on a connection that
    only reads (`Database.read`), so that all is of one moment.
    """
    prover = Prover(whole=True)
    found = prover.expect_head(heads, "the given head") if heads is not None else []
    found += _stored_heads(connection, prover)
    found += _places(connection, prover)
    ordered = select(LEDGER_ENTRIES).order_by(TABLE.partition, TABLE.seq)
    entries = (_typed(_entry(row)) for row in _streamed(connection, ordered))
    return prover.verdict(chain(found, _as_far_as_readable(prover, prover.look(_linked(entries)))))


def export(
    connection: Connection,
    *,
    pathway: str | None = None,
    patient: str | None = None,
    alert: str | None = None,
    since: datetime | None = None,
) -> Iterator[str]:
    """Yield the book as JSON lines for `verify_export`, or the part that all given filters let through.

    `since` is aware; entries without a moment (unreadable records) pass it. Best on a connection that only reads.
    """
    filters = {TABLE.pathway: pathway, TABLE.patient: patient, TABLE.alert_id: alert}
    wanted: list[ColumnElement[bool]] = [column == value for column, value in filters.items() if value is not None]
    if since is not None:
        wanted.append((TABLE.at >= since) | TABLE.at.is_(None))
    yield first_line(() if wanted else heads_of(connection), whole=not wanted)
    count = 0
    for row in _streamed(connection, _with_previous().where(true(), *wanted)):
        yield entry_line(GENESIS if row.seq == 1 else row.previous, _entry(row))
        count += 1
    yield last_line(count)


def story(connection: Connection, *, pathway: str | None = None, alert: str | None = None) -> list[Entry]:
    """Return everything the book knows of a pathway, or of an alert, in the order in which it became known.

    What was erased of an alert stays with it, so a pathway's story has that too where the alert still has an entry that
    names the pathway.
    """
    wanted = _of_alert(alert) if pathway is None else _of_pathway(pathway)
    rows = connection.execute(select(LEDGER_ENTRIES).where(wanted).order_by(TABLE.partition, TABLE.seq))
    # A pathway is in more than one partition only if the topic got more of them: one after the other.
    parts = [tuple(group) for _, group in groupby(map(_entry, rows), key=lambda entry: entry.partition)]
    parts.sort(key=lambda part: (str(part[0].at), part[0].partition))
    return list(chain.from_iterable(parts))


def _of_alert(alert: str | None) -> ColumnElement[bool]:
    # A refused command of another pathway may name it, and is no part of what was known of this one.
    theirs = select(TABLE.pathway).where(TABLE.alert_id == alert, TABLE.kind != REFUSED, TABLE.pathway.is_not(None))
    return and_(TABLE.alert_id == alert, or_(TABLE.kind != REFUSED, TABLE.pathway.in_(theirs)))


def _of_pathway(pathway: str) -> ColumnElement[bool]:
    # A refused command may name the alert of another pathway.
    theirs = select(TABLE.alert_id).where(TABLE.pathway == pathway, TABLE.kind != REFUSED)
    return or_(TABLE.pathway == pathway, and_(TABLE.content.is_(None), TABLE.alert_id.in_(theirs)))


def _as_far_as_readable(prover: Prover, faults: Iterator[Fault]) -> Iterator[Fault]:
    """Yield faults; a value of another type, which SQLite lets stand, is one too, and ends the reading."""
    try:
        yield from faults
    except (ValueError, TypeError):
        last = prover.last
        partition, seq = (None, None) if last is None else (last.partition, last.seq)
        yield Fault("columns", partition, seq, "the entry after it cannot be read: a value is of another type")


def _with_previous() -> Select[Any]:
    before = LEDGER_ENTRIES.alias("before")
    joined = LEDGER_ENTRIES.outerjoin(before, (before.c.partition == TABLE.partition) & (before.c.seq == TABLE.seq - 1))
    columns = select(LEDGER_ENTRIES, before.c.chain_hash.label("previous"))
    return columns.select_from(joined).order_by(TABLE.partition, TABLE.seq)


def _streamed(connection: Connection, query: Select[Any]) -> Iterable[Row[Any]]:
    return connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE))


def _entry(row: Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__})


def _typed(entry: Entry) -> Entry:
    """Return an entry whose values have the types of their columns, as far as hashes are made of them.

    Raises TypeError.
    """
    numbers = (entry.partition, entry.seq, entry.source_offset)
    texts = [getattr(entry, name) for name in TEXTS]
    if not all(type(each) is int for each in numbers) or not all(each is None or type(each) is str for each in texts):
        raise TypeError("a value is of another type than its column")
    return entry


def _linked(entries: Iterable[Entry]) -> Iterator[Link]:
    """Yield each entry after the hash of the one before it, where that one is there."""
    last: Entry | None = None
    for entry in entries:
        before = last if last is not None and last.partition == entry.partition else None
        if before is not None and before.seq == entry.seq - 1:
            yield before.chain_hash, entry
        else:
            yield (GENESIS if entry.seq == 1 else None), entry
        last = entry


def _stored_heads(connection: Connection, prover: Prover) -> list[Fault]:
    """Take note of what the stored heads name; return what is wrong with these themselves."""
    faults: list[Fault] = []
    for row in connection.execute(select(LEDGER_HEADS).order_by(LEDGER_HEADS.c.day)):
        source = f"the stored head of {row.day}"
        try:
            day = read_head_text(row.text)
        except HeadTextError:
            faults.append(Fault("head", None, None, f"{source} cannot be read"))
            continue
        faults += prover.expect_head(row.text, source)
        if (day.on, day.digest) != (row.day, row.digest):
            faults.append(Fault("head", None, None, f"{source} was altered: its text is that of another"))
    return faults


def _places(connection: Connection, prover: Prover) -> list[Fault]:
    """Take note of where each chain is to go on; return where entries stand that it does not know of."""
    places = {row.partition: row for row in connection.execute(select(LEDGER_APPLIED))}
    prover.expect(Mark(row.partition, row.seq, row.chain_hash, "ledger_applied") for row in places.values())
    longest = select(TABLE.partition, func.max(TABLE.seq)).group_by(TABLE.partition).order_by(TABLE.partition)
    return [
        Fault("place", partition, seq, "it stands after the last entry that ledger_applied knows of")
        for partition, seq in connection.execute(longest)
        if partition not in places or not isinstance(seq, int) or seq > places[partition].seq
    ]
