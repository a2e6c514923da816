"""The lock files hold what pyproject.toml asks for, with a hash for each package and no address."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", re.MULTILINE)
LOCKS = {"requirements.txt": ("build",), "requirements-dev.txt": ("build", "dev")}


@pytest.fixture(scope="module")
def project(top: Path) -> dict[str, Any]:
    return tomllib.loads((top / "pyproject.toml").read_text("utf-8"))["project"]


def locked(top: Path, lock: str) -> dict[str, str]:
    """Return the version of each package in a lock file."""
    return dict(PINNED.findall((top / lock).read_text("utf-8")))


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_a_lock_file_holds_what_the_project_asks_for(
    top: Path, project: dict[str, Any], lock: str, extras: tuple[str]
) -> None:
    asked = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    wanted = {name.lower(): version for name, version in PINNED.findall("\n".join(asked))}
    assert wanted.items() <= locked(top, lock).items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(top: Path, lock: str) -> None:
    packages = re.split(r"\n(?=\S)", (top / lock).read_text("utf-8").strip())
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_tests_and_demo_run_the_same_versions(top: Path) -> None:
    assert locked(top, "requirements.txt").items() <= locked(top, "requirements-dev.txt").items()


def test_every_direct_dependency_is_pinned_exactly(project: dict[str, Any]) -> None:
    asked = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    assert [line for line in asked if not PINNED.match(line)] == []
