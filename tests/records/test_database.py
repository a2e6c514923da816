"""Promises of the database: tables of the right version, whole transactions, and errors that say what to do."""

import asyncio
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from alerts.notifier.tables import NOTICES
from alerts.records import ledgerbook
from alerts.records.database import Database, open_database
from alerts.records.errors import DatabaseLostError, DatabaseUrlError, NewerSchemaError, SchemaError
from alerts.records.schema import head
from tests.records.conftest import open_at
from tests.servers.postgres import PASSWORD, USER, PostgresServer
from tests.unit.alerts.records.books import record, salt

NOW = datetime(2026, 2, 2, tzinfo=UTC)
TOP = Path(__file__).parents[2]
MIGRATE = """
import sys
from alerts.records.database import open_database
database = open_database(sys.argv[1], username=sys.argv[2] or None, password=sys.argv[3] or None)
print("ready", flush=True)
sys.stdin.readline()
database.migrate()
print(database.check())
"""


def test_the_tables_made_are_the_tables_used(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), NOTICES.metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    version = database.check()
    database.migrate()
    assert database.check() == version


async def test_a_transaction_waits_for_nobody_elses_threads(database: Database) -> None:
    """Such as a name server that does not answer: asyncio asks it in threads that everybody shares."""
    over = threading.Event()
    for _ in range(64):
        asyncio.get_running_loop().run_in_executor(None, over.wait)
    try:
        async with asyncio.timeout(60):
            assert await database.transact(lambda connection: connection.scalar(text("SELECT 7"))) == 7
    finally:
        over.set()


def test_attempts_of_the_version_before_are_kept_without_their_address(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE deliveries DROP COLUMN address_hash"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        message = "'m', 'lead', 'head', :now, NULL, :now, 'dead', 1, :now, :now"
        connection.execute(text(f"INSERT INTO messages VALUES ({message})"), {"now": NOW})
        delivery = "'m', 1, 'mail', :now, :now, 'permanent', 'gone', NULL, NULL"
        connection.execute(text(f"INSERT INTO deliveries VALUES ({delivery})"), {"now": NOW})
    database.migrate()
    with database.read() as connection:
        rows = connection.execute(text("SELECT outcome, address_hash FROM deliveries")).all()
    assert [tuple(row) for row in rows] == [("permanent", None)]


def test_processes_that_migrate_at_once_all_find_the_tables_made(url: str) -> None:
    login = ("", "") if url.startswith("sqlite") else (USER, PASSWORD)
    command = [sys.executable, "-c", MIGRATE, url, *login]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, cwd=TOP, **pipes) for _ in range(4)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 4
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(process.communicate(timeout=60), process.returncode) for process in processes] == [
        ((f"{head()}\n", ""), 0)
    ] * 4


def test_threads_that_migrate_at_once_all_find_the_tables_made(url: str) -> None:
    databases = [open_at(url) for _ in range(4)]
    threads = [threading.Thread(target=each.migrate) for each in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.check() for each in databases] == [head()] * 4
    for each in databases:
        each.close()


def test_tables_of_a_newer_version_are_refused_with_what_to_do(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (database.migrate, database.check):
        with pytest.raises(NewerSchemaError, match=r"version 9999.*install the version that wrote them"):
            act()


def test_a_database_without_tables_says_who_makes_them(empty: Database) -> None:
    with pytest.raises(SchemaError, match="start the notifier"):
        empty.check()


def test_to_look_at_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    with pytest.raises(SchemaError):
        database.check()
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as connection:  # noqa: PT012 - the block is what is tested
        ledgerbook.append(connection, 0, [(0, record(0))], lambda: salt(0))
        raise ZeroDivisionError
    with database.read() as connection:
        assert ledgerbook.applied(connection, 0) == 0


def test_a_reader_sees_one_moment_and_nobody_waits_for_it(database: Database) -> None:
    with database.read() as reader:
        before = ledgerbook.applied(reader, 0)
        with database.begin() as writer:
            ledgerbook.append(writer, 0, [(0, record(0))], lambda: salt(0))
        assert (before, ledgerbook.applied(reader, 0)) == (0, 0)


def test_two_who_append_to_a_partition_wait_for_each_other(database: Database) -> None:
    new: list[int] = []

    def append() -> None:
        with database.begin() as connection:
            new.append(len(ledgerbook.append(connection, 0, [(n, record(n)) for n in range(50)], lambda: salt(0))))

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [0, 0, 0, 50]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "records.db",
        "mysql://h/d",
        "postgresql://h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+psycopg://me:hemmelig@h/d",
        "postgresql+psycopg://me@h/d",
        "postgresql+psycopg://h/d?password=hemmelig",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        open_database(url)
    assert "hemmelig" not in str(caught.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseLostError, match=r"records\.db does not answer as it should: file is not a database"):
        open_database(f"sqlite:///{tmp_path / 'records.db'}").migrate()


def test_a_file_of_sqlite_is_kept_as_safely_as_can_be(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    database.migrate()
    with database.begin() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert found == ["wal", 2, 1, 1, 30_000]
    database.close()


def test_a_wrong_password_is_told_without_it(postgres_server: PostgresServer) -> None:
    database = open_database(postgres_server.new_database(), username=USER, password="hemmelig")
    with pytest.raises(DatabaseLostError, match="password authentication failed") as caught:
        database.migrate()
    assert "hemmelig" not in str(caught.value) + repr(caught.value.__cause__) + database.name


def test_a_server_that_goes_away_is_told_and_found_again_when_it_is_back(postgres_server: PostgresServer) -> None:
    database = open_at(postgres_server.new_database())
    database.migrate()
    with pytest.raises(DatabaseLostError, match="see that it runs"), database.begin() as connection:  # noqa: PT012 - the block is what is tested
        ledgerbook.append(connection, 0, [(0, record(0))], lambda: salt(0))
        postgres_server.kill()
        ledgerbook.append(connection, 0, [(1, record(1))], lambda: salt(0))
    with pytest.raises(DatabaseLostError):
        database.check()
    postgres_server.start()
    with database.begin() as connection:
        assert ledgerbook.applied(connection, 0) == 0
    database.close()


def test_the_tables_are_made_by_an_installed_wheel_too(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=TOP, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path / "site")], check=True)
    script = MIGRATE.replace("import sys", "import sys, alerts\nassert alerts.__file__.startswith(sys.argv[4])", 1)
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'records.db'}", "", "", str(tmp_path)]
    environ = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(command, cwd=tmp_path, env=environ, input="go\n", capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"ready\n{head()}\n", "")
