"""One process writes a directory, and only a version that understands its file."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from stream.worker.transport import StoreFormatError, StoreLockedError
from stream.worker.transport.embedded.files import DirectoryLock, database_path, open_for_reading, open_for_writing
from stream.worker.transport.embedded.layout import log_of, offset_of, position_of

HOLD = """
import sys, time
from pathlib import Path
from stream.worker.transport.embedded.files import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_refused_and_told_who_has_the_directory(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreLockedError, match=f"in use by process {other.pid};"):
            DirectoryLock(tmp_path)
        other.kill()


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
    DirectoryLock(tmp_path).release()


def test_a_released_directory_can_be_had_again(tmp_path: Path) -> None:
    DirectoryLock(tmp_path / "new").release()
    DirectoryLock(tmp_path / "new").release()


def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    open_for_writing(tmp_path, "full")[0].close()
    with sqlite3.connect(database_path(tmp_path)) as db:
        db.execute("UPDATE meta SET value = 3 WHERE name = 'format'")
        db.execute("DROP TABLE records")
    db.close()
    with pytest.raises(StoreFormatError, match="format 3, newer than 2"):
        open_for_writing(tmp_path, "full")
    with pytest.raises(StoreFormatError):
        open_for_reading(tmp_path)


def test_a_directory_without_a_log_cannot_be_read(tmp_path: Path) -> None:
    assert open_for_reading(tmp_path) is None


@pytest.mark.parametrize(("setting", "sqlite"), [("full", 2), ("normal", 1)])
def test_the_setting_decides_how_much_a_power_cut_may_take(tmp_path: Path, setting: str, sqlite: int) -> None:
    db, _ = open_for_writing(tmp_path, setting)  # type: ignore[arg-type]  # parametrised
    assert db.execute("PRAGMA synchronous").fetchone() == (sqlite,)
    db.close()


def test_records_of_a_partition_lie_side_by_side() -> None:
    log = log_of(3, 7)
    assert offset_of(position_of(log, 12345)) == 12345
    assert position_of(log, (1 << 40) - 1) + 1 == position_of(log + 1, 0)
