"""A log of the first format is brought up to date, and nothing of it is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from faust.types import TP

from stream.worker.transport import Outgoing, StoreFormatError, TransportOptions, read_topic
from stream.worker.transport.embedded import upgrade
from stream.worker.transport.embedded.broker import Broker
from stream.worker.transport.embedded.files import database_path, open_for_reading, open_for_writing
from stream.worker.transport.embedded.layout import log_of, position_of

FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, config TEXT NOT NULL) STRICT;
CREATE TABLE records (
    position INTEGER PRIMARY KEY, ts REAL NOT NULL, key BLOB, value BLOB, headers BLOB) STRICT;
CREATE TABLE offsets (
    consumers TEXT NOT NULL, log INTEGER NOT NULL, offset INTEGER NOT NULL,
    PRIMARY KEY (consumers, log)) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('format', '1');
INSERT INTO topics VALUES (1, 'facts', 2, '{"cleanup.policy":"delete","retention.ms":"-1"}');
"""
HEADERS = (("ce_id", b"7"),)


@pytest.fixture
def old(tmp_path: Path) -> TransportOptions:
    with closing(sqlite3.connect(database_path(tmp_path), isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(FIRST)
        log = log_of(1, 1)
        rows = [(position_of(log, n), 1.5 * n, b"k", b"%d" % n, None) for n in range(50)]
        rows.append((position_of(log, 50), 99.0, None, None, msgspec.msgpack.encode(HEADERS)))
        db.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
        db.execute("INSERT INTO offsets VALUES ('watch', ?, 17)", (log,))
    return TransportOptions(url=f"embedded:{tmp_path}")


async def test_everything_is_there_and_the_log_goes_on(old: TransportOptions) -> None:
    broker = Broker(old)
    found = [record async for _, record in read_topic(old, "facts")]
    assert [(record.offset, record.value) for record in found[:50]] == [(n, b"%d" % n) for n in range(50)]
    assert (found[50].key, found[50].value, found[50].headers, found[50].timestamp) == (None, None, HEADERS, 99.0)
    assert await broker.committed("watch", [TP("facts", 1)]) == {TP("facts", 1): 17}
    assert await broker.append([Outgoing("facts", b"k", b"v", 1)]) == [(1, 51)]
    await broker.close()


async def test_an_upgrade_that_was_interrupted_begins_anew(
    old: TransportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade, "_TO_2", (*upgrade._TO_2, "no statement"))
    with pytest.raises(sqlite3.OperationalError):
        open_for_writing(old.directory, "full")
    monkeypatch.undo()
    await test_everything_is_there_and_the_log_goes_on(old)


def test_an_upgraded_file_gives_back_what_becomes_free(old: TransportOptions) -> None:
    db, seal = open_for_writing(old.directory, "full")
    with closing(db), closing(seal):
        assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_a_reader_is_told_who_upgrades(old: TransportOptions) -> None:
    with pytest.raises(
        StoreFormatError, match="format 1, older than 2: it is brought up to date when Fristvagt starts"
    ):
        open_for_reading(old.directory)
