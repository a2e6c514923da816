"""The statements of the embedded log: plain functions on a SQLite connection, run in the threads beside the loop."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

import msgspec

from stream.worker.transport.embedded.files import log_of, offset_of, position_of
from stream.worker.transport.errors import TopicError
from stream.worker.transport.options import TopicSpec
from stream.worker.transport.runs import Record

_headers_decoder = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...])


class StoredTopic(NamedTuple):
    """A topic as the file has it."""

    id: int
    spec: TopicSpec


class NewRecord(NamedTuple):
    """A record whose partition is decided and whose offset is not."""

    log: int
    timestamp: float
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class KeyRow(NamedTuple):
    """What compaction looks at in a record."""

    position: int
    key: bytes | None
    deletes: bool
    timestamp: float


def topics(db: sqlite3.Connection) -> dict[str, StoredTopic]:
    """Return all topics by name."""
    rows = db.execute("SELECT id, name, partitions, config FROM topics")
    return {
        name: StoredTopic(topic, TopicSpec(name, partitions, 1, msgspec.json.decode(config, type=dict[str, str])))
        for topic, name, partitions, config in rows
    }


def declare(db: sqlite3.Connection, spec: TopicSpec) -> StoredTopic:
    """Make a topic, or give an existing one the policy of `spec`. Raises TopicError for another partition count."""
    found = topics(db).get(spec.name)
    if found and found.spec.partitions != spec.partitions:
        raise TopicError(
            f"{spec.name} has {found.spec.partitions} partitions, not {spec.partitions}: "
            "set the number back, or start with an empty directory"
        )
    config = msgspec.json.encode(dict(spec.config)).decode()
    db.execute(
        "INSERT INTO topics (name, partitions, config) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET config = excluded.config",
        (spec.name, spec.partitions, config),
    )
    return topics(db)[spec.name]


def first_offset(db: sqlite3.Connection, log: int) -> int:
    """Return the offset of the first record that is left, or 0 if there never was one."""
    row = db.execute(
        "SELECT position FROM records WHERE position >= ? AND position < ? ORDER BY position LIMIT 1",
        (position_of(log, 0), position_of(log + 1, 0)),
    ).fetchone()
    return offset_of(row[0]) if row else 0


def end_offset(db: sqlite3.Connection, log: int) -> int:
    """Return the offset that the next record gets. The last record is never deleted, so this never goes back."""
    row = db.execute(
        "SELECT position FROM records WHERE position >= ? AND position < ? ORDER BY position DESC LIMIT 1",
        (position_of(log, 0), position_of(log + 1, 0)),
    ).fetchone()
    return offset_of(row[0]) + 1 if row else 0


def append(db: sqlite3.Connection, records: Sequence[NewRecord]) -> list[int]:
    """Write records in order and return their offsets."""
    ends = {log: end_offset(db, log) for log in {record.log for record in records}}
    offsets = []
    for record in records:
        offsets.append(ends[record.log])
        ends[record.log] += 1
    db.executemany(
        "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
        [
            (
                position_of(r.log, offset),
                r.timestamp,
                r.key,
                r.value,
                msgspec.msgpack.encode(r.headers) if r.headers else None,
            )
            for r, offset in zip(records, offsets, strict=True)
        ],
    )
    return offsets


def read(db: sqlite3.Connection, log: int, start: int, end: int, limit: int) -> list[Record]:
    """Return up to `limit` records from `start` on, below `end`."""
    rows = db.execute(
        "SELECT position, key, value, headers, ts FROM records WHERE position >= ? AND position < ? "
        "ORDER BY position LIMIT ?",
        (position_of(log, start), position_of(log, end), limit),
    )
    return [
        Record(offset_of(position), key, value, _headers_decoder.decode(headers) if headers else (), ts)
        for position, key, value, headers, ts in rows
    ]


def commit(db: sqlite3.Connection, consumers: str, offsets: Mapping[int, int]) -> None:
    """Note how far a group of consumers has come, by log."""
    db.executemany(
        "INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT (consumers, log) DO UPDATE SET offset = excluded.offset",
        [(consumers, log, offset) for log, offset in offsets.items()],
    )


def committed(db: sqlite3.Connection, consumers: str) -> dict[int, int]:
    """Return how far a group has come, by log."""
    return dict(db.execute("SELECT log, offset FROM offsets WHERE consumers = ?", (consumers,)).fetchall())


def keys(db: sqlite3.Connection, start: int, end: int, limit: int) -> list[KeyRow]:
    """Return keys of up to `limit` records from position `start` on, below `end`."""
    rows = db.execute(
        "SELECT position, key, value IS NULL, ts FROM records WHERE position >= ? AND position < ? "
        "ORDER BY position LIMIT ?",
        (start, end, limit),
    )
    return [KeyRow(position, key, bool(deletes), ts) for position, key, deletes, ts in rows]


def expired(db: sqlite3.Connection, log: int, before: float, last: int, limit: int) -> list[int]:
    """Return up to `limit` positions at the beginning of a log that are older than `before`, none from `last` on."""
    rows = db.execute(
        "SELECT position, ts FROM records WHERE position >= ? AND position < ? ORDER BY position LIMIT ?",
        (position_of(log, 0), last, limit),
    )
    return [position for position, _ in takewhile(lambda row: row[1] < before, rows)]


def delete(db: sqlite3.Connection, positions: Iterable[int]) -> None:
    """Delete records by primary key."""
    db.executemany("DELETE FROM records WHERE position = ?", [(position,) for position in positions])


def logs_of(topic: StoredTopic) -> list[int]:
    """Return the logs of a topic, in order of its partitions."""
    return [log_of(topic.id, partition) for partition in range(topic.spec.partitions)]
