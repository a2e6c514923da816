"""The version of the tables: which it is, which this version works with, and how one becomes the other."""

import threading
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from alerts.records.errors import NewerSchemaError, SchemaError

FOLDER: Final = Path(__file__).parent / "migrations"

ADVISORY_LOCK: Final = 0x66726973
"""Key of the lock that PostgreSQL gives to one migrating process at a time."""

_one_at_a_time = threading.Lock()
"""Alembic keeps the migration that runs in variables of its modules."""


def head() -> str:
    """Return the version that this version of Fristvagt works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(connection: Connection) -> str | None:
    """Return the version of the tables, None without any. Raises NewerSchemaError for one that is not known."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerSchemaError(
            f"the tables have version {found}, and this version of Fristvagt knows up to {head()}: install the version"
            " that wrote them, or restore the copy that was made before"
        )
    return found


def upgrade(connection: Connection) -> None:
    """Bring the tables to this version, in the transaction of `connection`. Raises NewerSchemaError."""
    with _one_at_a_time:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        if current(connection) == head():
            return
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(connection: Connection) -> str:
    """Return the version of the tables if it is this version's. Raises SchemaError, NewerSchemaError."""
    found = current(connection)
    if found != head():
        what = "there are no tables yet" if found is None else f"the tables have version {found}, needed is {head()}"
        raise SchemaError(f"{what}: start the notifier, which makes them, or run `fristvagt doctor --create`")
    return found


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
