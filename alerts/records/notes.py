"""The text of staff's notes: the ledger holds a note's hash, and this the text, until it is erased.

Whoever calls has looked for CPR numbers.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from alerts.records.chain import salted_hash
from alerts.records.errors import NoteConflictError, UnstorableTextError
from alerts.records.statements import insert_once
from alerts.records.tables import NOTES


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `note_id` is SHA-256(salt ‖ text); patient, text and salt are None once erased. `at` is aware UTC."""

    note_id: str
    command_id: str
    patient: str | None
    actor: str
    at: datetime
    text: str | None
    salt: str | None


@dataclass(frozen=True, slots=True)
class Writing:
    """What a command says: who wrote which text about which patient. `at` is aware."""

    command_id: str
    patient: str
    actor: str
    at: datetime
    text: str


def keep(connection: Connection, writing: Writing, salt: Callable[[], str]) -> str:
    """Keep what a command says and return the note's id; a command that comes again gets the id of the first time.

    `salt` gives 16 random bytes in hexadecimal. Raises NoteConflictError if the command kept another text before (one
    that is erased cannot be compared), UnstorableTextError for a text that is no Unicode or holds NUL.
    """
    grain = salt()
    values = asdict(writing) | {"note_id": _hashed(grain, writing.text), "salt": grain}
    insert_once(connection, NOTES, values)
    kept = Note(*connection.execute(_columns().where(NOTES.c.command_id == writing.command_id)).one())
    if kept.text is not None and (kept.text, kept.patient) != (writing.text, writing.patient):
        raise NoteConflictError(f"{writing.command_id} kept another note; give a new note a command id of its own")
    return kept.note_id


def read(connection: Connection, note_id: str) -> Note | None:
    """Return a note, None if there is none of that id."""
    row = connection.execute(_columns().where(NOTES.c.note_id == note_id)).one_or_none()
    return None if row is None else Note(*row)


def erase(connection: Connection, patient: str) -> int:
    """Take text, salt and patient from every note of a patient, and return how many those were."""
    theirs = update(NOTES).where(NOTES.c.patient == patient)
    return connection.execute(theirs.values(text=None, salt=None, patient=None)).rowcount


def _hashed(salt: str, text: str) -> str:
    if "\0" in text:
        raise UnstorableTextError("a note cannot hold the character NUL; leave it out")
    try:
        return salted_hash(salt, text)
    except UnicodeEncodeError as error:
        raise UnstorableTextError("a note holds half a character; write it again") from error


def _columns() -> Select[Any]:
    return select(*(NOTES.c[name] for name in Note.__dataclass_fields__))
