"""Engines for the two databases: SQLite that survives a power cut, PostgreSQL that does not wait for ever."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from alerts.records.errors import DatabaseUrlError

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql+psycopg"
EXAMPLES: Final = "write sqlite:///path/records.db or postgresql+psycopg://host/database"

BUSY_SECONDS: Final = 30.0
"""How long a transaction of SQLite waits for another process's."""

CONNECT_SECONDS: Final = 5
LOST_MILLISECONDS: Final = 15_000
"""How long PostgreSQL may leave what was sent without any answer of its network."""

READ_ONLY: Final = "fristvagt_read_only"
"""Execution option of a transaction that writes nothing."""


def read_url(url: str) -> URL:
    """Read a URL that holds no user and no password. Raises DatabaseUrlError, which repeats nothing of the URL."""
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUrlError(f"this is no URL of a database; {EXAMPLES}") from None
    if read.username or read.password or "password" in read.query or "user" in read.query:
        raise DatabaseUrlError("the URL is printed and logged; give user and password beside it")
    if read.drivername not in (SQLITE, POSTGRESQL) or not read.database or read.database == ":memory:":
        raise DatabaseUrlError(f"the URL names no database that can be used; {EXAMPLES}")
    return read


def make_engine(url: URL) -> Engine:
    """Return an engine; nothing is connected yet. Its errors show no values."""
    if url.drivername == SQLITE:
        return _sqlite(url)
    options = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": LOST_MILLISECONDS,
        "application_name": "fristvagt",
    }
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=options)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(raw: sqlite3.Connection, _: Any) -> None:
    """Set up a connection: what is committed is on the disk, what is erased is overwritten."""
    raw.isolation_level = None  # transactions are begun by `_begin`, so that tables are made in them too
    _patiently(lambda: raw.execute("PRAGMA journal_mode = WAL"))
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA secure_delete = ON")


def _patiently(act: Callable[[], object]) -> None:
    """Change the journal, for which SQLite itself does not wait while another process does so."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            act()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    """Begin; a writer takes the lock at once, since one that asks for it later may be refused."""
    reads = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
