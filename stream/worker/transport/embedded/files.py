"""The directory of an embedded log: one SQLite file, and a lock so that one process writes it."""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Final, Literal

from stream.worker.transport.errors import StoreFormatError, StoreLockedError

FORMAT: Final = 1
"""Version of the tables below. A newer file is refused."""

_OFFSET_BITS: Final = 40
_PARTITION_BITS: Final = 12
MAX_PARTITIONS: Final = 1 << _PARTITION_BITS

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, config TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY, ts REAL NOT NULL, key BLOB, value BLOB, headers BLOB) STRICT;
CREATE TABLE IF NOT EXISTS offsets (
    consumers TEXT NOT NULL, log INTEGER NOT NULL, offset INTEGER NOT NULL,
    PRIMARY KEY (consumers, log)) STRICT, WITHOUT ROWID;
"""


def log_of(topic_id: int, partition: int) -> int:
    """Return the number of a partition's log within the file."""
    return topic_id << _PARTITION_BITS | partition


def position_of(log: int, offset: int) -> int:
    """Return the primary key of a record. Records of a log lie side by side, in order of their offsets."""
    return log << _OFFSET_BITS | offset


def offset_of(position: int) -> int:
    """Return the offset that a primary key stands for."""
    return position & ((1 << _OFFSET_BITS) - 1)


def database_path(directory: Path) -> Path:
    """Return where the SQLite file of a directory lies."""
    return directory / "records.sqlite"


class DirectoryLock:
    """Holds a directory for this process until `release`, or the end of the process however it comes."""

    def __init__(self, directory: Path) -> None:
        """Create the directory if need be and take the lock. Raises StoreLockedError."""
        directory.mkdir(parents=True, exist_ok=True)
        self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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


def open_for_writing(directory: Path, synchronous: Literal["full", "normal"]) -> sqlite3.Connection:
    """Open the file, and make it if there is none. Raises StoreFormatError."""
    db = sqlite3.connect(database_path(directory), isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute(f"PRAGMA synchronous={synchronous.upper()}")
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        _check_format(db, directory)
    db.executescript(_SCHEMA)
    db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
    return db


def open_for_reading(directory: Path) -> sqlite3.Connection | None:
    """Open the file to read beside whoever writes it, or return None if there is none. Raises StoreFormatError."""
    path = database_path(directory)
    if not path.exists():
        return None
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    _check_format(db, directory)
    return db


def _check_format(db: sqlite3.Connection, directory: Path) -> None:
    found = int(db.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0])
    if found > FORMAT:
        db.close()
        raise StoreFormatError(f"{directory} has format {found}, newer than {FORMAT}: run the version that wrote it")
