"""The tables of an embedded log, and the checksums without which SQLite would not notice a flipped byte in a record."""

import sqlite3
from struct import Struct
from typing import Final
from zlib import crc32

from stream.worker.transport.errors import StoreDamagedError

FORMAT: Final = 2
"""Version of the tables below. A newer file is refused, an older one is brought up to date (upgrade.py)."""

_OFFSET_BITS: Final = 40
_PARTITION_BITS: Final = 12
MAX_PARTITIONS: Final = 1 << _PARTITION_BITS

TABLES: Final = {
    "meta": "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "topics": "CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,"
    " config TEXT NOT NULL, crc INTEGER NOT NULL) STRICT",
    "records": "CREATE TABLE records (position INTEGER PRIMARY KEY, ts REAL NOT NULL, key BLOB, value BLOB,"
    " headers BLOB, crc INTEGER NOT NULL) STRICT",
    "offsets": "CREATE TABLE offsets (consumers TEXT NOT NULL, log INTEGER NOT NULL, offset INTEGER NOT NULL,"
    " crc INTEGER NOT NULL, PRIMARY KEY (consumers, log)) STRICT, WITHOUT ROWID",
}

_NONE: Final = -1
_shape = Struct("<qdqqq").pack
_numbers = Struct("<qq").pack


def log_of(topic_id: int, partition: int) -> int:
    """Return the number of a partition's log within the file."""
    return topic_id << _PARTITION_BITS | partition


def topic_of(log: int) -> tuple[int, int]:
    """Return the topic's number and the partition of a log."""
    return log >> _PARTITION_BITS, log & (MAX_PARTITIONS - 1)


def position_of(log: int, offset: int) -> int:
    """Return the primary key of a record. Records of a log lie side by side, in order of their offsets."""
    return log << _OFFSET_BITS | offset


def offset_of(position: int) -> int:
    """Return the offset that a primary key stands for."""
    return position & ((1 << _OFFSET_BITS) - 1)


def log_at(position: int) -> int:
    """Return the log that a primary key belongs to."""
    return position >> _OFFSET_BITS


# Checksums: each covers the place of a row too, so that a row that strayed is noticed.


def record_crc(position: int, ts: float, key: bytes | None, value: bytes | None, headers: bytes | None) -> int:
    """Return the checksum of a record."""
    lengths = [_NONE if part is None else len(part) for part in (key, value, headers)]
    crc = crc32(_shape(position, ts, *lengths))
    for part in (key, value, headers):
        if part:
            crc = crc32(part, crc)
    return crc


def topic_crc(name: str, topic: int, partitions: int, config: str) -> int:
    """Return the checksum of a topic."""
    return crc32(f"{name}\n{config}".encode(), crc32(_numbers(topic, partitions)))


def offset_crc(consumers: str, log: int, offset: int) -> int:
    """Return the checksum of a committed offset."""
    return crc32(consumers.encode(), crc32(_numbers(log, offset)))


# The file as a whole


def create(db: sqlite3.Connection) -> None:
    """Make all tables in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    for statement in TABLES.values():
        db.execute(statement)
    db.executemany("INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), ("stores", 0)])
    db.execute("COMMIT")


def format_of(db: sqlite3.Connection) -> int:
    """Return the format of a file that is not empty."""
    return _meta(db, "format")


def stores(db: sqlite3.Connection) -> int:
    """Return how many transactions the file holds."""
    return _meta(db, "stores")


def count_store(db: sqlite3.Connection) -> int:
    """Count the present transaction, and return its number."""
    found = db.execute("UPDATE meta SET value = value + 1 WHERE name = 'stores' RETURNING value").fetchone()
    return int(found[0])


def check_tables(db: sqlite3.Connection) -> None:
    """Raise StoreDamagedError unless the tables are exactly ours: one with a damaged name would look empty."""
    found = dict(db.execute("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    if found != TABLES:
        raise StoreDamagedError(file_of(db), "its list of tables is not the one that was written")


def file_of(db: sqlite3.Connection) -> str:
    """Return the path of the file behind a connection."""
    return str(db.execute("PRAGMA database_list").fetchone()[2])


def _meta(db: sqlite3.Connection, name: str) -> int:
    found = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise StoreDamagedError(file_of(db), f"it does not say its {name}")
    return int(found[0])
