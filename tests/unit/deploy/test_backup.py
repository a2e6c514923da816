import asyncio
from pathlib import Path

import pytest

from deploy import cli
from deploy.doctor import examine
from deploy.settings import Settings


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRISTVAGT_DATA_DIR", str(tmp_path / "data"))
    asyncio.run(look(tmp_path / "data", create=True))
    return tmp_path / "data"


async def look(data: Path, *, create: bool = False) -> dict[str, tuple[bool, str]]:
    return {each.name: (each.good, each.text) async for each in examine(Settings(data_dir=data), create=create)}


def test_a_backup_is_made_and_told(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["backup", str(tmp_path / "copy")]) == 0
    assert ": 0 records," in capsys.readouterr().out


def test_a_second_backup_of_the_same_name_is_refused(data: Path, tmp_path: Path, capsys) -> None:
    assert cli.run(["backup", str(tmp_path)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_a_cluster_is_not_ours_to_back_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("FRISTVAGT_TRANSPORT", "kafka")
    assert cli.run(["backup", str(tmp_path / "copy")]) == 2
    assert "its own tools" in capsys.readouterr().err


def test_doctor_reads_the_log_through(data: Path) -> None:
    assert asyncio.run(look(data))["transport"][1].endswith("holds 0 records, all whole")


def test_doctor_finds_a_log_that_lost_its_end(data: Path) -> None:
    (data / "log" / "records.sqlite").unlink()
    good, text = asyncio.run(look(data))["transport"]
    assert (good, "are missing" in text) == (False, True)
