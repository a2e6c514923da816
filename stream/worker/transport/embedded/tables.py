"""The statements of the embedded log: plain functions on a SQLite connection, run in the threads beside the loop."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

import msgspec

from stream.worker.transport.embedded.layout import (
    file_of,
    log_at,
    log_of,
    offset_crc,
    offset_of,
    position_of,
    record_crc,
    topic_crc,
    topic_of,
)
from stream.worker.transport.errors import StoreDamagedError, TopicError
from stream.worker.transport.options import TopicSpec
from stream.worker.transport.runs import Record

_Stored = tuple[int, float, bytes | None, bytes | None, bytes | None]

_AT_ONCE: Final = 1000
_BEYOND: Final = (1 << 63) - 1

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
    """Return all topics by name. Raises StoreDamagedError."""
    found = {}
    for topic, name, partitions, config, crc in db.execute("SELECT id, name, partitions, config, crc FROM topics"):
        if crc != topic_crc(name, topic, partitions, config):
            raise StoreDamagedError(file_of(db), f"topic {topic} is not what was written")
        policy = msgspec.json.decode(config, type=dict[str, str])
        found[name] = StoredTopic(topic, TopicSpec(name, partitions, 1, policy))
    return found


def declare(db: sqlite3.Connection, spec: TopicSpec) -> StoredTopic:
    """Make a topic, or give an existing one the policy of `spec`. Raises TopicError for another partition count."""
    found = topics(db).get(spec.name)
    if found and found.spec.partitions != spec.partitions:
        raise TopicError(
            f"{spec.name} has {found.spec.partitions} partitions, not {spec.partitions}: "
            "set the number back, or start with an empty directory"
        )
    config = msgspec.json.encode(dict(spec.config)).decode()
    topic = found.id if found else db.execute("SELECT coalesce(max(id), 0) + 1 FROM topics").fetchone()[0]
    crc = topic_crc(spec.name, topic, spec.partitions, config)
    db.execute("INSERT OR REPLACE INTO topics VALUES (?, ?, ?, ?, ?)", (topic, spec.name, spec.partitions, config, crc))
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
        "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)",
        [_row(record, offset) for record, offset in zip(records, offsets, strict=True)],
    )
    return offsets


def _row(record: NewRecord, offset: int) -> tuple[int, float, bytes | None, bytes | None, bytes | None, int]:
    position = position_of(record.log, offset)
    headers = msgspec.msgpack.encode(record.headers) if record.headers else None
    crc = record_crc(position, record.timestamp, record.key, record.value, headers)
    return position, record.timestamp, record.key, record.value, headers, crc


def read(db: sqlite3.Connection, log: int, start: int, end: int, limit: int) -> list[Record]:
    """Return up to `limit` records from `start` on, below `end`. Raises StoreDamagedError."""
    return [
        Record(offset_of(position), key, value, _headers_decoder.decode(headers) if headers else (), ts)
        for position, ts, key, value, headers in _checked(db, position_of(log, start), position_of(log, end), limit)
    ]


def keys(db: sqlite3.Connection, start: int, end: int, limit: int) -> list[KeyRow]:
    """Return keys of up to `limit` records from position `start` on, below `end`. Raises StoreDamagedError.

    Compaction trusts no key unseen: with a damaged one it would delete the wrong record.
    """
    return [KeyRow(position, key, value is None, ts) for position, ts, key, value, _ in _checked(db, start, end, limit)]


def _checked(db: sqlite3.Connection, start: int, end: int, limit: int) -> list[_Stored]:
    query = "SELECT * FROM records WHERE position >= ? AND position < ? ORDER BY position LIMIT ?"
    found: list[_Stored] = []
    for *stored, crc in db.execute(query, (start, end, limit)):
        if record_crc(*stored) != crc:
            raise StoreDamagedError(file_of(db), f"{_name(db, stored[0])} is not what was written")
        found.append(tuple(stored))
    return found


def _name(db: sqlite3.Connection, position: int) -> str:
    topic, partition = topic_of(log_at(position))
    names = db.execute("SELECT name FROM topics WHERE id = ?", (topic,)).fetchone() or (f"topic {topic}",)
    return f"{names[0]}[{partition}] at offset {offset_of(position)}"


def check_all(db: sqlite3.Connection) -> int:
    """Read every record, and return how many there are. Raises StoreDamagedError."""
    count, start = 0, 0
    while found := _checked(db, start, _BEYOND, _AT_ONCE):
        count, start = count + len(found), found[-1][0] + 1
    return count


def check_notes(db: sqlite3.Connection) -> None:
    """Read all topics and committed offsets: with a damaged name one would look absent. Raises StoreDamagedError."""
    topics(db)
    for (consumers,) in db.execute("SELECT DISTINCT consumers FROM offsets").fetchall():
        committed(db, consumers)


def commit(db: sqlite3.Connection, consumers: str, offsets: Mapping[int, int]) -> None:
    """Note how far a group of consumers has come, by log. Never goes back: an older note may come later."""
    db.executemany(
        "INSERT INTO offsets VALUES (?, ?, ?, ?) ON CONFLICT (consumers, log) "
        "DO UPDATE SET offset = excluded.offset, crc = excluded.crc WHERE excluded.offset > offset",
        [(consumers, log, offset, offset_crc(consumers, log, offset)) for log, offset in offsets.items()],
    )


def committed(db: sqlite3.Connection, consumers: str) -> dict[int, int]:
    """Return how far a group has come, by log. Raises StoreDamagedError."""
    found = {}
    for log, offset, crc in db.execute("SELECT log, offset, crc FROM offsets WHERE consumers = ?", (consumers,)):
        if crc != offset_crc(consumers, log, offset):
            raise StoreDamagedError(file_of(db), f"what {consumers} has committed is not what was written")
        found[log] = offset
    return found


def expired(db: sqlite3.Connection, log: int, before: float, last: int, limit: int) -> list[int]:
    """Return up to `limit` positions at the beginning of a log that are older than `before`, none from `last` on.

    Raises StoreDamagedError: a damaged time expires nothing.
    """
    oldest = _checked(db, position_of(log, 0), last, limit)
    return [position for position, *_ in takewhile(lambda stored: stored[1] < before, oldest)]


def delete(db: sqlite3.Connection, positions: Iterable[int]) -> None:
    """Delete records by primary key."""
    db.executemany("DELETE FROM records WHERE position = ?", [(position,) for position in positions])


def pages(db: sqlite3.Connection) -> tuple[int, int]:
    """Return how many pages the file has, and how many of them are free."""
    return int(db.execute("PRAGMA page_count").fetchone()[0]), int(db.execute("PRAGMA freelist_count").fetchone()[0])


def give_back(db: sqlite3.Connection, pages: int) -> None:
    """Shorten the file by up to so many free pages."""
    for _ in range(pages):  # Python's driver takes one step of this statement, which is one page, whatever it asks for
        db.execute("PRAGMA incremental_vacuum(1)")


def logs_of(topic: StoredTopic) -> list[int]:
    """Return the logs of a topic, in order of its partitions."""
    return [log_of(topic.id, partition) for partition in range(topic.spec.partitions)]
