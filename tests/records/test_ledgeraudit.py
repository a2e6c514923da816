"""Promises of the audit: whatever is changed in the database is found, and an export proves itself."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from alerts.records import ledgeraudit, ledgerbook
from alerts.records.database import Database
from alerts.records.errors import HeadTextError
from alerts.records.exported import verify_export
from alerts.records.proving import Verdict
from alerts.records.tables import LEDGER_APPLIED, LEDGER_ENTRIES, LEDGER_HEADS
from tests.unit.alerts.records.books import MORNING, record

ENTRY = LEDGER_ENTRIES.c
CHANGES: dict[str, Any] = {
    "source_offset": 77,
    "transition_id": "another",
    "alert_id": "another",
    "clock_id": None,
    "patient": "k1:p9",
    "pathway": None,
    "unit": None,
    "region": "another",
    "right": "another",
    "kind": "changed",
    "at": MORNING + timedelta(days=1),
    "content": "{}",
    "salt": "ff" * 16,
    "content_hash": "0" * 64,
    "chain_hash": "0" * 64,
    "partition": 4,
    "seq": 9,
}


@pytest.fixture
def book(database: Database, salt: Callable[[], str]) -> Database:
    """Two partitions with entries, one of them erased, and the head of a day before the last entry."""
    with database.begin() as connection:
        ledgerbook.append(connection, 0, [(n, record(n)) for n in range(4)], salt)
        ledgerbook.append(connection, 3, [(n, record(n, patient="k1:p2")) for n in range(3)], salt)
        ledgerbook.keep_head(connection, date(2026, 2, 2), MORNING)
        ledgerbook.append(connection, 0, [(4, record(4)), (5, record(5, patient="k1:p3"))], salt)
        ledgerbook.erase(connection, "k1:p3")
    return database


def change(book: Database, statement: Any) -> None:
    with book.begin() as connection:
        assert connection.execute(statement).rowcount == 1


def verdict(book: Database, **options: Any) -> Verdict:
    with book.read() as connection:
        return ledgeraudit.verify(connection, **options)


def kinds(book: Database, **options: Any) -> list[str]:
    return [fault.kind for fault in verdict(book, **options).faults]


def mailed(book: Database) -> str:
    with book.begin() as connection:
        return ledgerbook.keep_head(connection, date(2026, 2, 3), MORNING)


def test_a_book_that_nobody_touched_is_good(book: Database) -> None:
    found = verdict(book, heads=mailed(book))
    assert (found.entries, found.erased, found.faults) == (9, 1, ())


def test_every_column_is_changed_in_these_tests() -> None:
    assert CHANGES.keys() == {column.name for column in LEDGER_ENTRIES.columns}


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_of_any_column_is_found(book: Database, column: str) -> None:
    second = update(LEDGER_ENTRIES).where(ENTRY.partition == 0, ENTRY.seq == 2)
    change(book, second.values({column: CHANGES[column]}))
    assert kinds(book)


@pytest.mark.parametrize("column", sorted(set(CHANGES) - {"partition", "seq"}))
def test_a_change_of_any_column_of_an_erased_entry_is_found(book: Database, column: str) -> None:
    last = update(LEDGER_ENTRIES).where(ENTRY.partition == 0, ENTRY.seq == 6)
    change(book, last.values({column: CHANGES[column] or "another"}))
    assert kinds(book)


def test_an_entry_that_was_taken_out_is_missing(book: Database) -> None:
    change(book, delete(LEDGER_ENTRIES).where(ENTRY.partition == 0, ENTRY.seq == 2))
    assert kinds(book) == ["missing"]


def test_the_first_entry_is_missed_too(book: Database) -> None:
    change(book, delete(LEDGER_ENTRIES).where(ENTRY.partition == 3, ENTRY.seq == 1))
    assert kinds(book) == ["missing"]


def test_entries_that_changed_places_are_found(book: Database) -> None:
    for seq, to in ((1, 90), (2, 1), (90, 2)):
        change(book, update(LEDGER_ENTRIES).where(ENTRY.partition == 0, ENTRY.seq == seq).values(seq=to))
    assert set(kinds(book)) == {"chain"}


def cut_off(book: Database, partition: int, seq: int, *, thoroughly: bool) -> None:
    """Cut a tail off, thoroughly: with what says how far the chain reached."""
    change(book, delete(LEDGER_ENTRIES).where(ENTRY.partition == partition, ENTRY.seq == seq))
    if thoroughly:
        with book.begin() as connection:
            before = ENTRY.partition == partition, ENTRY.seq == seq - 1
            last = connection.execute(LEDGER_ENTRIES.select().where(*before)).one()
        here = update(LEDGER_APPLIED).where(LEDGER_APPLIED.c.partition == partition)
        change(book, here.values(seq=last.seq, chain_hash=last.chain_hash))


def test_a_tail_that_was_cut_off_is_found(book: Database) -> None:
    cut_off(book, 0, 6, thoroughly=False)
    assert kinds(book) == ["tail"]


def test_a_tail_that_was_cut_off_thoroughly_is_found_by_a_stored_head(book: Database) -> None:
    cut_off(book, 3, 3, thoroughly=True)
    assert kinds(book) == ["tail"]


def test_a_tail_that_was_cut_off_after_the_stored_head_is_found_by_the_mailed_one(book: Database) -> None:
    head = mailed(book)
    change(book, delete(LEDGER_HEADS).where(LEDGER_HEADS.c.day == date(2026, 2, 3)))
    cut_off(book, 0, 6, thoroughly=True)
    assert (kinds(book), kinds(book, heads=head)) == ([], ["tail"])


def test_a_whole_partition_that_is_gone_is_found(book: Database) -> None:
    with book.begin() as connection:
        connection.execute(delete(LEDGER_ENTRIES).where(ENTRY.partition == 3))
        connection.execute(delete(LEDGER_APPLIED).where(LEDGER_APPLIED.c.partition == 3))
    assert kinds(book) == ["tail"]


def test_an_entry_that_was_put_in_behind_is_found(book: Database) -> None:
    place = update(LEDGER_APPLIED).where(LEDGER_APPLIED.c.partition == 3)
    change(book, place.values(seq=2))
    assert set(kinds(book)) == {"place", "head"}


def test_a_book_that_was_written_anew_does_not_fit_its_head(book: Database, salt: Callable[[], str]) -> None:
    head = mailed(book)
    with book.begin() as connection:
        for table in (LEDGER_ENTRIES, LEDGER_APPLIED, LEDGER_HEADS):
            connection.execute(delete(table))
        ledgerbook.append(connection, 0, [(n, record(n, reason="forged")) for n in range(6)], salt)
        ledgerbook.append(connection, 3, [(n, record(n, patient="k1:p2")) for n in range(3)], salt)
    assert (kinds(book), kinds(book, heads=head)) == ([], ["head", "head"])


@pytest.mark.parametrize(
    "values", [{"digest": "0" * 64}, {"text": "nothing"}, {"day": date(2026, 2, 9)}], ids=["digest", "text", "day"]
)
def test_a_stored_head_that_was_altered_is_found(book: Database, values: dict[str, Any]) -> None:
    change(book, update(LEDGER_HEADS).values(values))
    assert "head" in kinds(book)


def test_a_stored_head_whose_lines_were_altered_is_found(book: Database) -> None:
    change(book, text("UPDATE ledger_heads SET text = replace(text, '0 4 ', '0 3 ')"))
    assert set(kinds(book)) == {"head"}


def test_a_text_that_is_no_head_is_refused(book: Database) -> None:
    with pytest.raises(HeadTextError):
        verdict(book, heads="nothing")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["at", "seq", "content", "source_offset"])
def test_a_value_of_another_type_which_sqlite_lets_stand_is_a_fault(book: Database, column: str) -> None:
    change(book, text(f"UPDATE ledger_entries SET \"{column}\" = x'ff00' WHERE partition = 0 AND seq = 2"))
    assert kinds(book)


def test_an_export_is_good_without_the_database(book: Database) -> None:
    head = mailed(book)
    with book.read() as connection:
        found = verify_export(ledgeraudit.export(connection), head)
    assert (found.entries, found.erased, found.whole, found.faults) == (9, 1, True, ())


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"pathway": "pathway of k1:p2"}, 3),
        ({"since": MORNING + timedelta(minutes=2)}, 5),
        ({"alert": record(0)["alert_id"], "since": MORNING + timedelta(minutes=2)}, 3),
    ],
)
def test_a_part_that_is_exported_is_good_too(book: Database, filters: dict[str, Any], count: int) -> None:
    with book.read() as connection:
        found = verify_export(ledgeraudit.export(connection, **filters), mailed(book))
    assert (found.entries, found.whole, found.faults) == (count, False, ())


def test_an_export_of_a_damaged_book_is_not_good(book: Database) -> None:
    change(book, delete(LEDGER_ENTRIES).where(ENTRY.partition == 0, ENTRY.seq == 2))
    with book.read() as connection:
        assert [fault.kind for fault in verify_export(ledgeraudit.export(connection)).faults] == ["missing"]
