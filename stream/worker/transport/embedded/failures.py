"""From SQLite's errors to ours: what it means for the log, and what to do. They never quote a record."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from stream.worker.transport.errors import StoreAccessError, StoreDamagedError, StoreFullError, StoreLockedError

_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
_FULL: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_ACCESS: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR)

_SAID_OF_DAMAGE: Final = ("malformed", "no such table", "no such column", "unsupported file format")
"""Words of errors that have no code of their own."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what SQLite says of the file at `path` as one of our errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def explain(error: sqlite3.Error, path: Path) -> Exception:
    """Return our error for one of SQLite's; the same error if it does not come from the file."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    kind = code & 0xFF
    if kind in _DAMAGED:
        return StoreDamagedError(path, str(error))
    if kind in _FULL or code in _FULL:
        return StoreFullError(
            f"{path} cannot grow ({error}): the disk is full, or there is a limit on the size of files. Nothing"
            " acknowledged is lost; make room, then start again"
        )
    if kind in _LOCKED:
        return StoreLockedError(f"another program keeps {path} locked ({error}); close it, then start again")
    if kind in _ACCESS:
        return StoreAccessError(
            f"{path} cannot be read or written ({error}): see its permissions, its disk, and the system log"
        )
    if any(said in str(error) for said in _SAID_OF_DAMAGE):
        return StoreDamagedError(path, str(error))
    return error
