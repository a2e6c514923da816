from pathlib import Path

import pytest

from deploy.demo.folder import DataFolder
from deploy.errors import BadInputError


def test_the_folder_is_made(tmp_path: Path) -> None:
    DataFolder(tmp_path / "new" / "data").release()
    assert (tmp_path / "new" / "data").is_dir()


def test_a_second_demo_on_the_same_folder_is_refused_with_the_way_out(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with pytest.raises(BadInputError, match=r"in use by process .* --data"):
        DataFolder(tmp_path)
    first.release()


def test_a_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    DataFolder(tmp_path).release()
    DataFolder(tmp_path).release()
    assert tmp_path.is_dir()


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="cannot use the data folder"):
        DataFolder(tmp_path / "file")


def test_starting_anew_removes_the_demos_data_and_nothing_else(tmp_path: Path) -> None:
    for name in ("log", "redis", "mail", "mine"):
        (tmp_path / name).mkdir()
    for name in ("demo.json", "records.db", "records.db-wal"):
        (tmp_path / name).write_text("{}")
    folder = DataFolder(tmp_path)
    folder.clear()
    folder.release()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lock", "mine"]


def test_starting_anew_in_an_empty_folder_is_no_error(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.clear()
    folder.release()
    assert folder.state.load() is None
