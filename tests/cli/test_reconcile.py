"""`fristvagt reconcile` as operations run it, on the log of a demo that is stopped."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from stream.worker.transport import TransportOptions
from stream.worker.transport.embedded.files import DirectoryLock
from tests.cli.conftest import Run, one_line
from tests.embedded.feeds import outgoing
from tests.embedded.mending import AT, FEED, garble_row, rows
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

FOUR = {"partitions": str(PARTITIONS)}


def stack_in(data: Path) -> Stack:
    options = TransportOptions(url=f"embedded:{data}/log", replication=1, synchronous="normal", run=50)
    return Stack(data, ManualClock(AT), ENGINE, intake=True, transport=options)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("lived") / "data"
    asyncio.run(run(stack_in(data), FEED[:80]))
    return data


@pytest.fixture
def stack(tmp_path: Path, lived: Path) -> Stack:
    """A demo's log with some patients; nothing runs."""
    shutil.copytree(lived, tmp_path / "data")
    return stack_in(tmp_path / "data")


async def run(stack: Stack, feed: list[dict] = ()) -> None:
    async with stack as running:
        await running.write(outgoing(feed, PARTITIONS))
        await running.settle()


def damage(stack: Stack) -> str:
    patient = next(iter(asyncio.run(rows(stack.transport))))
    asyncio.run(garble_row(stack.transport, patient))
    return patient


def test_nothing_differs_and_what_was_not_compared_is_said(fristvagt: Run, stack: Stack) -> None:
    done = fristvagt("reconcile", **FOUR)
    assert (done.returncode, done.stderr) == (0, "")
    assert "patients compared; Redis not compared: it does not answer" in done.stdout


def test_a_difference_is_told_with_its_meaning_and_its_patient_and_the_answer_is_no(
    fristvagt: Run, stack: Stack
) -> None:
    patient = damage(stack)
    done = fristvagt("reconcile", "--wait", "0", **FOUR)
    assert (done.returncode, one_line(done.stderr), "--repair" in done.stderr) == (1, True, True)
    assert all(word in done.stdout for word in ("row_unreadable", "the row is damaged", patient))


def test_what_was_found_can_be_read_by_programs(fristvagt: Run, stack: Stack) -> None:
    patient = damage(stack)
    report = json.loads(fristvagt("reconcile", "--wait", "0", "--json", **FOUR).stdout)
    assert report["differences"] == {"row_unreadable": 1}
    assert report["examples"] == [{"kind": "row_unreadable", "patient": patient, "ref": "", "note": ""}]


def test_a_repair_is_sent_and_taken_when_the_demo_starts_again(fristvagt: Run, stack: Stack) -> None:
    damage(stack)
    sent = fristvagt("reconcile", "--repair", "--wait", "0", **FOUR)
    asyncio.run(run(stack))
    after = fristvagt("reconcile", **FOUR)
    assert ("1 repairs sent" in sent.stdout, sent.returncode, after.returncode) == (True, 1, 0)


def test_a_repair_is_refused_while_the_demo_runs_and_a_look_is_not(
    fristvagt: Run, stack: Stack, tmp_path: Path
) -> None:
    damage(stack)
    lock = DirectoryLock(tmp_path / "data")
    looked = fristvagt("reconcile", "--wait", "0", **FOUR)
    refused = fristvagt("reconcile", "--repair", "--wait", "0", **FOUR)
    lock.release()
    assert (looked.returncode, refused.returncode, one_line(refused.stderr)) == (1, 2, True)
    assert "stop it" in refused.stderr


def test_without_a_log_it_says_so(fristvagt: Run) -> None:
    done = fristvagt("reconcile")
    assert (done.returncode, one_line(done.stderr), "holds no log" in done.stderr) == (2, True, True)


def test_another_number_of_partitions_is_bad_input_and_no_difference(fristvagt: Run, stack: Stack) -> None:
    done = fristvagt("reconcile")
    assert (done.returncode, one_line(done.stderr), "FRISTVAGT_PARTITIONS" in done.stderr) == (2, True, True)
