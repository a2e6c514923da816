"""Promises of the notes: a text is kept once under the hash that the ledger holds, and can be erased."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from alerts.records import notes
from alerts.records.database import Database
from alerts.records.errors import NoteConflictError, UnstorableTextError
from alerts.records.notes import Note, Writing
from tests.unit.alerts.records.books import MORNING

Salt = Callable[[], str]
WRITING = Writing("command-1", "k1:p1", "anna", MORNING, "ringet op, vender tilbage i morgen æøå")


def keep(database: Database, salt: Salt, writing: Writing = WRITING) -> str:
    with database.begin() as connection:
        return notes.keep(connection, writing, salt)


def read(database: Database, note_id: str) -> Note | None:
    with database.read() as connection:
        return notes.read(connection, note_id)


def erase(database: Database) -> int:
    with database.begin() as connection:
        return notes.erase(connection, "k1:p1")


def test_a_note_is_read_as_it_was_written(database: Database, salt: Salt) -> None:
    note = read(database, keep(database, salt))
    assert (note.text, note.actor, note.at, note.patient) == (WRITING.text, "anna", MORNING, "k1:p1")


def test_its_id_is_the_hash_of_salt_and_text(database: Database, salt: Salt) -> None:
    note = read(database, keep(database, salt))
    assert note.note_id == hashlib.sha256(bytes.fromhex(note.salt) + WRITING.text.encode()).hexdigest()


def test_a_command_that_comes_again_keeps_one_note(database: Database, salt: Salt) -> None:
    assert keep(database, salt) == keep(database, salt)


def test_the_same_text_by_another_command_is_another_note(database: Database, salt: Salt) -> None:
    assert keep(database, salt) != keep(database, salt, replace(WRITING, command_id="command-2"))


@pytest.mark.parametrize("change", [{"text": "andet"}, {"patient": "k1:p2"}])
def test_a_command_cannot_keep_another_note(database: Database, salt: Salt, change: dict[str, str]) -> None:
    keep(database, salt)
    with pytest.raises(NoteConflictError, match="a command id of its own"):
        keep(database, salt, replace(WRITING, **change))


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_database_keeps_is_refused(database: Database, salt: Salt, text: str) -> None:
    with pytest.raises(UnstorableTextError):
        keep(database, salt, replace(WRITING, text=text))


def test_an_erased_note_is_only_its_hash(database: Database, salt: Salt) -> None:
    note_id = keep(database, salt)
    keep(database, salt, replace(WRITING, command_id="command-2", patient="k1:p2"))
    assert erase(database) == 1
    assert read(database, note_id) == Note(note_id, "command-1", None, "anna", MORNING, None, None)


def test_a_command_that_comes_again_after_erasure_brings_nothing_back(database: Database, salt: Salt) -> None:
    note_id = keep(database, salt)
    erase(database)
    assert (keep(database, salt), read(database, note_id).text) == (note_id, None)


def test_there_is_no_note_of_another_id(database: Database) -> None:
    assert read(database, "0" * 64) is None
