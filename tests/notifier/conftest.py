from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.records.database import Database, open_database
from tests.notifier.house import House
from tests.servers.postgres import PASSWORD, USER, PostgresServer, postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Both databases, each with the tables of this version."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path}/records.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        opened = open_database(server.new_database(), username=USER, password=PASSWORD)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.fixture
def houses(database: Database) -> Callable[..., House]:
    """Several notifiers over one database."""

    def build(**given: Any) -> House:
        return House(database, **given)

    return build
