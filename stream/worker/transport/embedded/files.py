"""The directory of an embedded log: one SQLite file, a seal, and a lock so that one process writes it."""

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from stream.worker.transport.embedded import layout, tables, upgrade
from stream.worker.transport.embedded.failures import explained
from stream.worker.transport.embedded.seal import Seal, check_seal, read_seal
from stream.worker.transport.errors import StoreAccessError, StoreDamagedError, StoreFormatError, StoreLockedError

_BUSY: Final = 10.0
"""Seconds to wait for a stranger (a SQLite shell, a backup) who locks the file."""

_WAL_LEFT: Final = 64 * 1024 * 1024
"""Bytes that the write-ahead file keeps after a burst."""


def database_path(directory: Path) -> Path:
    """Return where the SQLite file of a directory lies."""
    return directory / "records.sqlite"


class DirectoryLock:
    """Holds a directory for this process until `release`, or the end of the process however it comes."""

    def __init__(self, directory: Path) -> None:
        """Create the directory if need be and take the lock. Raises StoreLockedError, StoreAccessError."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreAccessError(
                f"{directory} cannot be used for the embedded log: {error.strerror}. It must be a directory that this"
                " user may write; make it, or give another"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode().strip() or "unknown"
            os.close(self._file)
            raise StoreLockedError(
                f"{directory} is in use by process {holder}; stop it, or give this one another directory"
            ) from error
        os.truncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._file)


def open_for_writing(directory: Path, synchronous: Literal["full", "normal"]) -> tuple[sqlite3.Connection, Seal]:
    """See that the file is whole and open it, or make it if there is none.

    Takes a time in proportion to the size of the file. A damaged file is refused and left as it is.
    Raises StoreFormatError, StoreDamagedError, StoreAccessError.
    """
    path = database_path(directory)
    with explained(path):
        _check_whole(directory) if path.exists() else _make(directory)
        db = _connect(path)
        try:
            db.execute(f"PRAGMA synchronous={synchronous.upper()}")
            db.execute(f"PRAGMA journal_size_limit={_WAL_LEFT}")
            upgrade.upgrade(db)
            return db, Seal(directory, layout.stores(db))
        except BaseException:
            db.close()
            raise


def _make(directory: Path) -> None:
    """Make the file whole or not at all: a kill leaves a draft, which the next start makes anew."""
    check_seal(directory, read_seal(directory), 0)
    draft = directory / "records.new"
    for left in directory.glob(f"{draft.name}*"):
        left.unlink()
    with closing(_connect(draft)) as db:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("PRAGMA journal_mode=WAL")
        layout.create(db)
    draft.replace(database_path(directory))
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Make the names of new files survive a power cut."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def open_for_reading(directory: Path) -> sqlite3.Connection | None:
    """Open the file to read beside whoever writes it, or return None if there is none.

    Raises StoreFormatError, StoreDamagedError, StoreAccessError.
    """
    path, sealed = database_path(directory), read_seal(directory)  # the seal first: both may be written meanwhile
    if not path.exists():
        check_seal(directory, sealed, 0)
        return None
    with explained(path):
        db = _connect(path, mode="ro")
        try:
            _check_format(db, directory, oldest=layout.FORMAT)
            layout.check_tables(db)
            check_seal(directory, sealed, layout.stores(db))
        except BaseException:
            db.close()
            raise
    return db


def _check_whole(directory: Path) -> None:
    """Look at the file through a connection that only reads: any other would mend the file by its own lights."""
    path, sealed = database_path(directory), read_seal(directory)
    with closing(_connect(path, mode="ro")) as db:
        _check_format(db, directory, oldest=1)
        wrong = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if wrong != "ok":
            raise StoreDamagedError(path, wrong)
        if layout.format_of(db) == layout.FORMAT:
            layout.check_tables(db)
            check_seal(directory, sealed, layout.stores(db))
            tables.check_notes(db)


def _connect(path: Path, mode: Literal["rwc", "ro"] = "rwc") -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", timeout=_BUSY, uri=True, isolation_level=None, check_same_thread=False
    )


def _check_format(db: sqlite3.Connection, directory: Path, *, oldest: int) -> None:
    found = layout.format_of(db)
    if found > layout.FORMAT:
        raise StoreFormatError(
            f"{directory} has format {found}, newer than {layout.FORMAT}: run the version that wrote it"
        )
    if found < oldest:
        raise StoreFormatError(
            f"{directory} has format {found}, older than {oldest}: it is brought up to date when Fristvagt starts on it"
        )
