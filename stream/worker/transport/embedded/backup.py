"""Copying an embedded log, in use or not: one snapshot of everything, read through before it counts as a copy."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from stream.worker.transport.embedded import layout, tables
from stream.worker.transport.embedded.failures import explained
from stream.worker.transport.embedded.files import database_path, open_for_reading, open_for_writing, sync_directory
from stream.worker.transport.errors import StoreAccessError, TopicError


class Copied(NamedTuple):
    """What a backup holds."""

    records: int
    stores: int
    size: int


def back_up(directory: Path, target: Path) -> Copied:
    """Copy the log in `directory` to a new directory `target`, and read the copy through.

    All topics, rows and offsets are of one moment, so that a log restored from it goes on as after a kill at that
    moment. The process that writes the log may go on meanwhile. Raises StoreError, TopicError (there is no log).
    """
    source = open_for_reading(directory)
    if source is None:
        raise TopicError(f"{directory} holds no log: is the directory right, and was it ever started?")
    draft = target.with_name(f"{target.name}.unfinished")
    with closing(source):
        _make_directory(target, draft)
        with explained(database_path(directory)):
            source.execute("VACUUM INTO ?", (str(database_path(draft)),))
    copied = _checked(draft)
    draft.replace(target)
    sync_directory(target.parent)
    return copied


def check(directory: Path) -> int | None:
    """Read the whole log and return how many records it holds, or None if there is none. Raises StoreError."""
    db = open_for_reading(directory)
    if db is None:
        return None
    with explained(database_path(directory)), closing(db):
        tables.check_notes(db)
        return tables.check_all(db)


def _make_directory(target: Path, draft: Path) -> None:
    if target.exists():
        raise StoreAccessError(f"{target} exists already: name a new directory; no backup is overwritten")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
    except OSError as error:
        raise StoreAccessError(f"{draft} cannot be made: {error.strerror}") from error


def _checked(draft: Path) -> Copied:
    db, seal = open_for_writing(draft, "full")
    with closing(db), closing(seal):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Copied(tables.check_all(db), layout.stores(db), _size(db))


def _size(db: sqlite3.Connection) -> int:
    return tables.pages(db)[0] * int(db.execute("PRAGMA page_size").fetchone()[0])
