"""A policy file is read again while everything runs; a bad one changes nothing but says why."""

from pathlib import Path

import pytest

from alerts.policy import PolicyError, PolicyFileError
from alerts.policy.file import Kept, PolicyFile, Reloaded, Unchanged
from tests.unit.alerts.policy.small import SMALL

OTHER = SMALL.replace("plan = 7", "plan = 9")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(SMALL, "utf-8")
    return path


def test_a_file_that_stays_as_it_is_changes_nothing(path: Path) -> None:
    file = PolicyFile(path)
    before = file.current
    assert file.look() == Unchanged()
    assert file.current is before


def test_a_good_change_is_in_force(path: Path) -> None:
    file = PolicyFile(path)
    path.write_text(OTHER, "utf-8")
    answer = file.look()
    assert isinstance(answer, Reloaded)
    assert answer.policy is file.current
    assert file.current.thresholds("cancer.workup", None).steps[0] == ("plan", 9)
    assert file.look() == Unchanged()


@pytest.mark.parametrize(
    ("text", "anew"),
    [
        (OTHER, (True, False)),
        (SMALL + "[hand_over]\nplan = 5\n", (False, True)),
        (SMALL + "# a word\n", (False, False)),
    ],
)
def test_it_is_said_whether_decisions_or_routes_may_differ(path: Path, text: str, anew: tuple[bool, bool]) -> None:
    file = PolicyFile(path)
    path.write_text(text, "utf-8")
    answer = file.look()
    assert isinstance(answer, Reloaded)
    assert (answer.decides_anew, answer.routes_anew) == anew


def test_a_bad_change_leaves_the_old_policy_and_says_why_once(path: Path) -> None:
    file = PolicyFile(path)
    before = file.current
    path.write_text(SMALL + "[hand_over]\nplan = 0\n", "utf-8")
    answer = file.look()
    assert isinstance(answer, Kept)
    assert "hand_over.plan" in str(answer.error)
    assert (file.current, file.error) == (before, answer.error)
    assert file.look() == Unchanged()
    assert file.error is answer.error


def test_a_file_that_is_gone_leaves_the_old_policy_and_is_told_once(path: Path) -> None:
    file = PolicyFile(path)
    path.unlink()
    answer = file.look()
    assert isinstance(answer, Kept)
    assert isinstance(answer.error, PolicyFileError)
    assert (file.look(), file.current.version) == (Unchanged(), "1")


@pytest.mark.parametrize("text", [SMALL, OTHER])
def test_a_file_that_is_good_again_is_in_force_without_an_error(path: Path, text: str) -> None:
    file = PolicyFile(path)
    path.write_bytes(b"version = \xff")
    assert isinstance(file.look(), Kept)
    path.write_text(text, "utf-8")
    assert isinstance(file.look(), Reloaded)
    assert file.error is None


def test_without_a_file_there_is_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml: cannot be read"):
        PolicyFile(tmp_path / "none.toml")


def test_the_policy_that_comes_along_can_be_looked_at_too() -> None:
    assert PolicyFile().look() == Unchanged()
