"""Every test with a database runs on a file of SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alerts.records.database import Database, open_database
from tests.servers.postgres import PASSWORD, USER, postgres_server

__all__ = ["postgres_server"]

Open = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'records.db'}"
    return str(request.getfixturevalue("postgres_server").new_database())


def open_at(url: str) -> Database:
    login = {} if url.startswith("sqlite") else {"username": USER, "password": PASSWORD}
    return open_database(url, **login)


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    """A database without tables."""
    database = open_at(url)
    yield database
    database.close()


@pytest.fixture
def database(empty: Database) -> Database:
    """A database with our tables."""
    empty.migrate()
    return empty


@pytest.fixture
def salt() -> Callable[[], str]:
    """Salts, each another."""
    numbers = itertools.count()
    return lambda: f"{next(numbers):032x}"
