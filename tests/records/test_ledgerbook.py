"""Promises of the ledger book: every record once, in a chain that survives repetition, kills and erasure."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from alerts.records import ledgeraudit, ledgerbook
from alerts.records.database import Database, open_database
from alerts.records.entry import UNREADABLE, Entry, Raw
from alerts.records.heads import read_head_text
from tests.servers.postgres import PASSWORD, USER
from tests.unit.alerts.records.books import MORNING, record

Salt = Callable[[], str]
TOP = Path(__file__).parents[2]

APPENDER = """
import itertools, secrets, sys
from alerts.records import ledgerbook
from alerts.records.database import open_database
from tests.unit.alerts.records.books import record
database = open_database(sys.argv[1], username=sys.argv[2] or None, password=sys.argv[3] or None)
for n in itertools.count():
    with database.begin() as connection:
        start = ledgerbook.applied(connection, 0)
        records = [(start + n, record(start + n)) for n in range(3)]
        ledgerbook.append(connection, 0, records, lambda: secrets.token_hex(16))
        print("in the middle", flush=True)
        if sys.argv[4] == "wait":
            sys.stdin.readline()
    print("committed", start + 3, flush=True)
"""


def append(database: Database, salt: Salt, raws: list[Raw], *, partition: int = 0, start: int = 0) -> list[Entry]:
    with database.begin() as connection:
        return ledgerbook.append(connection, partition, list(enumerate(raws, start)), salt)


def faults(database: Database) -> list[str]:
    with database.read() as connection:
        return [fault.line for fault in ledgeraudit.verify(connection).faults]


def story(database: Database, patient: str = "k1:p1") -> list[Entry]:
    with database.read() as connection:
        return ledgeraudit.story(connection, pathway=f"pathway of {patient}")


def test_records_become_entries_in_a_chain(database: Database, salt: Salt) -> None:
    entries = append(database, salt, [record(n) for n in range(1200)])
    assert ([entry.seq for entry in entries], faults(database)) == (list(range(1, 1201)), [])


def test_an_entry_is_read_as_it_was_written(database: Database, salt: Salt) -> None:
    entries = append(database, salt, [record(0), record(1, at="2026-02-02T08:00:00.123456Z", patient="æ\U0001f600")])
    assert [*story(database), *story(database, "æ\U0001f600")] == entries


def test_offsets_that_were_applied_are_left_out(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0), record(1)])
    again = append(database, salt, [record(0, reason="other"), record(7), record(2)])
    assert [entry.record["at"] for entry in again] == [record(2)["at"]]


def test_a_transition_that_comes_again_is_left_out(database: Database, salt: Salt) -> None:
    first = append(database, salt, [record(0), record(1), record(0)])
    second = append(database, salt, [record(1, late=True), record(2)], start=3)
    assert ([entry.source_offset for entry in (*first, *second)], faults(database)) == ([0, 1, 4], [])


def test_what_is_applied_counts_repeats_too(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0)])
    append(database, salt, [record(0)], start=8)
    with database.read() as connection:
        assert (ledgerbook.applied(connection, 0), ledgerbook.applied(connection, 1)) == (9, 0)


def test_a_record_that_cannot_be_read_is_not_lost(database: Database, salt: Salt) -> None:
    entries = append(database, salt, [b"nonsense", record(1), None, b"nonsense"])
    assert ([entry.kind for entry in entries].count(UNREADABLE), faults(database)) == (3, [])


def test_a_reference_may_be_as_long_as_an_event(database: Database, salt: Salt) -> None:
    chance = random.Random(1)
    long = "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(20_000))
    append(database, salt, [record(0, patient=long, alert_id=long)])
    assert len(story(database, long)) == 1


def test_partitions_have_chains_of_their_own(database: Database, salt: Salt) -> None:
    for partition in (0, 5):
        append(database, salt, [record(partition)], partition=partition)
    with database.read() as connection:
        assert [(head.partition, head.seq) for head in ledgerbook.heads(connection)] == [(0, 1), (5, 1)]


def test_after_a_rewind_nothing_is_entered_twice_also_from_another_partition(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0), record(1)])
    with database.begin() as connection:
        ledgerbook.rewind(connection)
    again = append(database, salt, [record(0), record(1), record(2)], partition=1)
    assert ([entry.seq for entry in again], faults(database)) == ([1], [])


def test_the_story_of_a_pathway_goes_on_in_another_partition(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0), record(1)], partition=7)
    append(database, salt, [record(2), record(3, patient="k1:p2")], partition=1)
    assert [entry.at - MORNING for entry in story(database)] == [timedelta(minutes=n) for n in range(3)]


def test_an_erased_patient_is_nowhere_and_the_chain_still_holds(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0), record(1, patient="k1:p2"), record(2)])
    with database.begin() as connection:
        count = ledgerbook.erase(connection, "k1:p1")
        everything = "".join(ledgeraudit.export(connection, patient=None))
    assert (count, story(database), faults(database), '"patient":"k1:p1"' in everything) == (2, [], [], False)


def test_a_transition_of_an_erased_patient_that_comes_again_is_left_out(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0)])
    with database.begin() as connection:
        ledgerbook.erase(connection, "k1:p1")
    assert append(database, salt, [record(0)], start=1) == []


def test_erased_content_is_overwritten_in_the_file(tmp_path: Path, salt: Salt) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    database.migrate()
    append(database, salt, [record(0, patient="a-very-own-pseudonym")])
    with database.begin() as connection:
        ledgerbook.erase(connection, "a-very-own-pseudonym")
    database.close()
    assert b"pathway of a-very-own-pseudonym" not in (tmp_path / "records.db").read_bytes()


def test_the_first_head_of_a_day_stays(database: Database, salt: Salt) -> None:
    append(database, salt, [record(0)])
    with database.begin() as connection:
        first = ledgerbook.keep_head(connection, date(2026, 2, 2), MORNING)
    append(database, salt, [record(1)], start=1)
    with database.begin() as connection:
        again = ledgerbook.keep_head(connection, date(2026, 2, 2), MORNING)
    assert (again, [head.seq for head in read_head_text(first).heads]) == (first, [1])


def appender(url: str, *, wait: bool) -> "subprocess.Popen[str]":
    login = ("", "") if url.startswith("sqlite") else (USER, PASSWORD)
    command = [sys.executable, "-c", APPENDER, url, *login, "wait" if wait else "go"]
    return subprocess.Popen(command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def committed(process: "subprocess.Popen[str]") -> int:
    """Kill a process and return the offset up to which it said to have committed."""
    process.kill()
    rest, _ = process.communicate(timeout=20)
    whole = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    return max((int(line.split()[1]) for line in whole if line.startswith("committed")), default=0)


def test_a_kill_in_the_middle_of_a_transaction_leaves_nothing_of_it(url: str, database: Database, salt: Salt) -> None:
    append(database, salt, [record(0), record(1)])
    process = appender(url, wait=True)
    assert process.stdout.readline() == "in the middle\n"
    committed(process)
    with database.begin() as connection:
        assert (ledgerbook.applied(connection, 0), len(list(ledgeraudit.export(connection)))) == (2, 4)


def test_kills_at_any_moment_leave_a_whole_chain_with_all_that_was_committed(url: str, database: Database) -> None:
    chance, stored, kills = random.Random(3), 0, 0
    while kills < 5 or (stored <= 15 and kills < 50):
        kills += 1
        process = appender(url, wait=False)
        assert process.stdout.readline() == "in the middle\n"
        time.sleep(chance.uniform(0.05, 0.4))
        said = committed(process)
        with database.begin() as connection:
            stored = ledgerbook.applied(connection, 0)
            (head,) = ledgerbook.heads(connection) or (None,)
        assert (stored >= said, stored, faults(database)) == (True, head.seq if head else 0, [])
    assert stored > 15


@pytest.mark.parametrize("filters", [{"pathway": "pathway of k1:p2"}, {"patient": "k1:p2"}])
def test_an_export_of_one_patient_has_theirs_alone(database: Database, salt: Salt, filters: dict[str, str]) -> None:
    append(database, salt, [record(0), record(1, patient="k1:p2"), record(2), record(3, patient="k1:p2")])
    with database.read() as connection:
        lines = [json.loads(line) for line in ledgeraudit.export(connection, **filters)]
    assert [line["seq"] for line in lines[1:-1]] == [2, 4]
