"""Promises of `fristvagt ledger` and of the doctor: exit codes, one line a fault, and no password anywhere."""

import itertools
import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from alerts.records import ledgerbook
from alerts.records.database import Database
from alerts.records.schema import head as newest
from tests.records.conftest import Run
from tests.servers.postgres import PASSWORD
from tests.unit.alerts.records.books import MORNING, record


@pytest.fixture
def head(database: Database, tmp_path: Path) -> Path:
    """A ledger with four entries of two patients, and its head in a file."""
    numbers = itertools.count()
    records = [(n, record(n, patient=f"k1:p{n % 2}")) for n in range(4)]
    with database.begin() as connection:
        ledgerbook.append(connection, 0, records, lambda: f"{next(numbers):032x}")
        (tmp_path / "head.txt").write_text(ledgerbook.keep_head(connection, date(2026, 2, 2), MORNING))
    return tmp_path / "head.txt"


def damage(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE ledger_entries SET unit = 'another' WHERE seq = 2"))
        connection.execute(text("DELETE FROM ledger_entries WHERE seq = 4"))


def test_a_good_ledger_is_exit_code_zero(fristvagt: Run, head: Path) -> None:
    done = fristvagt("ledger", "verify", "--head", head)
    assert (done.returncode, done.stdout, done.stderr) == (0, "good: 4 entries, 0 erased\n", "")


def test_a_bad_ledger_is_exit_code_one_and_a_line_a_fault(fristvagt: Run, head: Path, database: Database) -> None:
    damage(database)
    done = fristvagt("ledger", "verify")
    assert done.returncode == 1
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == {
        "columns partition 0 entry 2",
        "chain partition 0 entry 2",
        "tail partition 0 entry 4",
    }


def test_an_export_is_json_lines_that_verify_without_the_database(fristvagt: Run, head: Path, tmp_path: Path) -> None:
    lines = fristvagt("ledger", "export").stdout
    (tmp_path / "export.jsonl").write_text(lines)
    done = fristvagt("ledger", "verify", "--export", tmp_path / "export.jsonl", "--head", head)
    assert ([json.loads(line).get("seq") for line in lines.splitlines()]) == [None, 1, 2, 3, 4, None]
    assert (done.returncode, done.stdout) == (0, "good: 4 entries, 0 erased\n")


def test_an_export_that_was_altered_is_exit_code_one(fristvagt: Run, head: Path, tmp_path: Path) -> None:
    lines = fristvagt("ledger", "export", "--patient", "k1:p1").stdout
    (tmp_path / "export.jsonl").write_text(lines.replace("no_date", "no_data", 1))
    done = fristvagt("ledger", "verify", "--export", tmp_path / "export.jsonl")
    assert (done.returncode, done.stdout.startswith("content partition 0 entry 2: ")) == (1, True)


@pytest.mark.parametrize(
    ("filters", "seqs"),
    [
        (["--pathway", "pathway of k1:p1"], [2, 4]),
        (["--since", "2026-02-02"], [1, 2, 3, 4]),
        (["--since", "2026-02-03"], []),
    ],
)
def test_an_export_can_be_of_a_part(fristvagt: Run, head: Path, filters: list[str], seqs: list[int]) -> None:
    lines = fristvagt("ledger", "export", *filters).stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines[1:-1]] == seqs


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["verify", "--head", "missing.txt"], "cannot read missing.txt"),
        (["verify", "--head", __file__], "not exactly one head"),
        (["verify", "--export", "missing.jsonl"], "cannot read missing.jsonl"),
        (["verify", "--export", __file__], "line 1 is no line of an export"),
        (["export", "--since", "soon"], "YYYY-MM-DD"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(fristvagt: Run, head: Path, arguments: list[str], part: str) -> None:
    done = fristvagt("ledger", *arguments)
    assert (done.returncode, done.stderr.count("\n"), part in done.stderr) == (2, 1, True)


@pytest.mark.parametrize("command", ["verify", "export"])
def test_without_tables_the_command_says_what_to_do(fristvagt: Run, command: str) -> None:
    done = fristvagt("ledger", command)
    assert (done.returncode, done.stderr.count("\n"), "start the notifier" in done.stderr) == (2, 1, True)


def test_the_doctor_looks_at_the_records(fristvagt: Run, database: Database) -> None:
    done = fristvagt("doctor")
    assert (done.returncode, f"answers, tables {newest()}" in done.stdout, PASSWORD in done.stdout) == (0, True, False)


def test_the_doctor_finds_tables_of_another_version(fristvagt: Run, database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    found = {each["name"]: each for each in json.loads(fristvagt("doctor", "--json").stdout)}
    assert (found["records"]["good"], "version 9999" in found["records"]["text"]) == (False, True)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_the_doctor_makes_the_tables_of_a_database_that_is_configured(fristvagt: Run, empty: Database) -> None:
    missing, made = fristvagt("doctor"), fristvagt("doctor", "--create")
    assert (missing.returncode, "there are no tables yet" in missing.stdout) == (1, True)
    assert (made.returncode, empty.check()) == (0, newest())


def test_a_patient_can_be_erased_and_the_ledger_is_still_good(fristvagt: Run, head: Path) -> None:
    assert (
        fristvagt("ledger", "erase", "k1:p1", "--yes").stdout
        == "erased: 2 entries, 0 notes, the recipients of 0 notices\n"
    )
    done = fristvagt("ledger", "verify", "--head", head)
    assert (done.returncode, done.stdout) == (0, "good: 4 entries, 2 erased\n")
    assert '"patient":"k1:p1"' not in fristvagt("ledger", "export").stdout


def test_nothing_is_erased_without_a_yes(fristvagt: Run, head: Path) -> None:
    done = fristvagt("ledger", "erase", "k1:p1")
    assert (done.returncode, "add --yes" in done.stderr) == (2, True)
    assert '"patient":"k1:p1"' in fristvagt("ledger", "export").stdout
