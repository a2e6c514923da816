"""Every test with a database runs on a file of SQLite and on a real PostgreSQL."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alerts.records.database import Database, open_database
from tests.servers.postgres import PASSWORD, USER, postgres_server

__all__ = ["postgres_server"]

Open = Callable[[], Database]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


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


@pytest.fixture
def fristvagt(tmp_path: Path, url: str) -> Run:
    """Run `fristvagt` upon the database of the test."""
    environ = {name: value for name, value in os.environ.items() if not name.upper().startswith("FRISTVAGT_")}
    environ |= {"FRISTVAGT_DATA_DIR": str(tmp_path / "data")}
    if not url.startswith("sqlite"):
        environ |= {"FRISTVAGT_RECORDS_URL": url, "FRISTVAGT_RECORDS_USERNAME": USER}
        environ |= {"FRISTVAGT_RECORDS_PASSWORD": PASSWORD}

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "deploy.cli", *map(str, arguments)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)

    return run
