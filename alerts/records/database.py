"""The database of the records: transactions, and the version of its tables."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from alerts.records import schema
from alerts.records.engines import READ_ONLY, SQLITE, make_engine, read_url
from alerts.records.errors import DatabaseLostError, SchemaError

SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Everything a transaction of PostgreSQL reads is of one moment, as in SQLite."""

TOGETHER: Final = 5
"""Transactions at a time that are waited for asynchronously: as many connections as SQLAlchemy keeps."""

Answer = TypeVar("Answer")


def open_database(url: str, *, username: str | None = None, password: str | None = None) -> "Database":
    """Open the database of a URL, which holds no password. Nothing is connected yet. Raises DatabaseUrlError."""
    plain = read_url(url)
    return Database(make_engine(plain.set(username=username, password=password)), str(plain))


class Database:
    """One database; `name` is its URL without a login.

    Its methods may be called from any thread and block, but for `transact`.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        # Of its own: a name server that hangs fills asyncio's. Writers of SQLite wait for each other all the same.
        self._threads = ThreadPoolExecutor(1 if self.file is not None else TOGETHER, "records")

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(str(self._engine.url.database)) if self._engine.url.drivername == SQLITE else None

    def migrate(self) -> None:
        """Make the tables, or bring them to this version; several processes may do so at once.

        Raises NewerSchemaError, DatabaseLostError.
        """
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.begin() as connection:
            schema.upgrade(connection)

    def check(self) -> str:
        """Return the version of the tables. Raises SchemaError, NewerSchemaError, DatabaseLostError.

        A file of SQLite that is not there is not made.
        """
        if self.file is not None and not self.file.exists():
            raise SchemaError(f"there is no file {self.file} yet: start the notifier, which makes it")
        with self.read() as connection:
            return schema.check(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end of the block. Raises DatabaseLostError.

        Writers of SQLite wait for each other here, for half a minute at most.
        """
        with self._transaction({}) as connection:
            yield connection

    async def transact(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do work in a transaction without blocking the event loop. Raises like `begin`, and what the work raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    def _transact(self, work: Callable[[Connection], Answer]) -> Answer:
        with self.begin() as connection:
            return work(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that only reads: all of one moment, and nobody waits for it. Raises DatabaseLostError."""
        with self._transaction({READ_ONLY: True} if self.file is not None else SNAPSHOT) as connection:
            yield connection

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            if not _is_lost(error):
                raise
            what = " ".join(f"{self.name} does not answer as it should: {error.orig}".split())
            raise DatabaseLostError(f"{what}; see that it runs, then try again") from error

    def close(self) -> None:
        """Wait for what `transact` is doing, and close every connection."""
        self._threads.shutdown()
        self._engine.dispose()


def _is_lost(error: DBAPIError) -> bool:
    """Say whether the database is at fault, and not what was asked. A damaged file is a bare DatabaseError."""
    return (
        error.connection_invalidated
        or isinstance(error, (OperationalError, InterfaceError))
        or type(error) is DatabaseError
    )
