"""The image: what is copied exists, what is built holds its data, and it does not run as root."""

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

CONTAINERS = Path(__file__).parents[2] / "deploy" / "containers"
STEPS = (CONTAINERS / "Dockerfile").read_text("utf-8").splitlines()
COPIED = [word for step in STEPS if step.startswith("COPY ") and "--from" not in step for word in step.split()[1:-1]]
ROOMS = ("alerts", "stream", "api", "deploy")


@pytest.fixture(scope="module")
def package(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the builder stage sees, and nothing else."""
    folder = tmp_path_factory.mktemp("src")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(top / name, folder)
    for room in ROOMS:
        shutil.copytree(
            top / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "tools")
        )
    return folder


@pytest.mark.parametrize("name", COPIED)
def test_what_is_copied_exists_and_is_not_held_back(top: Path, name: str) -> None:
    assert (top / name).exists()
    assert f"!{Path(name).parts[0]}" in (CONTAINERS / "Dockerfile.dockerignore").read_text("utf-8").splitlines()


def test_every_base_image_is_named_with_its_version() -> None:
    bases = [step.split()[1] for step in STEPS if step.startswith("FROM ")]
    assert [
        base for base in bases if not re.fullmatch(r"[a-z]+:\d[\w.-]*-bookworm\b.*|[a-z]+:\d[\w.-]*-bookworm", base)
    ] == []


def test_it_does_not_run_as_root() -> None:
    users = [step.split()[1] for step in STEPS if step.startswith("USER ")]
    assert users == ["10001"]


def test_the_package_holds_code_and_data(
    package: Path, run: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", tmp_path)
    answer = run(".venv/bin/python", "-m", "pip", "wheel", "--quiet", *options, package)
    assert answer.returncode == 0, answer.stdout
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    data = {str(path.relative_to(package)) for room in ROOMS for path in (package / room).rglob("*") if path.is_file()}
    assert data - held == set()
