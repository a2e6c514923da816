"""Bringing the file of an earlier version up to date: in one transaction, so that a kill leaves it as it was."""

import sqlite3
from typing import Final

from stream.worker.transport.embedded import layout

_TO_2: Final = (
    "ALTER TABLE meta RENAME TO old_meta",
    "ALTER TABLE topics RENAME TO old_topics",
    "ALTER TABLE records RENAME TO old_records",
    "ALTER TABLE offsets RENAME TO old_offsets",
    *layout.TABLES.values(),
    "INSERT INTO meta VALUES ('format', 2), ('stores', 0)",
    "INSERT INTO topics SELECT *, topic_crc(name, id, partitions, config) FROM old_topics",
    "INSERT INTO records SELECT *, record_crc(position, ts, key, value, headers) FROM old_records",
    "INSERT INTO offsets SELECT *, offset_crc(consumers, log, offset) FROM old_offsets",
    "DROP TABLE old_meta",
    "DROP TABLE old_topics",
    "DROP TABLE old_records",
    "DROP TABLE old_offsets",
)


def upgrade(db: sqlite3.Connection) -> None:
    """Bring an older file to the present format. Takes a minute for some ten million records."""
    if layout.format_of(db) == 1:
        _give_checksums(db)
    if db.execute("PRAGMA auto_vacuum").fetchone() != (2,):
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("VACUUM")


def _give_checksums(db: sqlite3.Connection) -> None:
    for name, function in (("record_crc", layout.record_crc), ("topic_crc", layout.topic_crc)):
        db.create_function(name, -1, function, deterministic=True)
    db.create_function("offset_crc", 3, layout.offset_crc, deterministic=True)
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in _TO_2:
            db.execute(statement)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
