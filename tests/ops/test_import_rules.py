"""The rule that imports go one way bites: a copy of the code with one wrong import is refused."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOMS = ("alerts", "stream", "api", "deploy")
Lint = Callable[[Path], CompletedProcess[str]]


@pytest.fixture(scope="module")
def original(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code and of the rules."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(top / "pyproject.toml", folder)
    for room in ROOMS:
        shutil.copytree(top / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "static", "tools"))
    return folder


@pytest.fixture
def lint(top: Path, run: Callable[..., CompletedProcess[str]]) -> Lint:
    """Check the imports of a copy."""

    def checked(folder: Path) -> CompletedProcess[str]:
        command = f"cd {folder} && {top / '.venv' / 'bin' / 'lint-imports'} --no-logo --no-cache"
        return run("sh", "-c", command, env=os.environ | {"PYTHONPATH": str(folder)})

    return checked


def test_the_code_keeps_the_rules(lint: Lint, original: Path) -> None:
    answer = lint(original)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("alerts/tiers.py", "import stream.clock"),
        ("stream/engine.py", "import api"),
        ("api/app.py", "import deploy.settings"),
        ("stream/law/clock.py", "import stream.clock"),
        ("stream/law/clock.py", "import alerts"),
        ("stream/law/fact.py", "import asyncio"),
        ("stream/facts/record.py", "import redis"),
        ("alerts/policy/policy.py", "import random"),
        ("alerts/delivery/payload.py", "import aiohttp"),
        ("alerts/delivery/render.py", "import alerts.delivery.mail"),
        ("alerts/lifecycle.py", "import sqlalchemy"),
        ("alerts/records/chain.py", "import alerts.records.database"),
        ("alerts/notifier/stages/roles.py", "import alerts.notifier.tables"),
        ("stream/a_new_module.py", '"""A module without a place."""'),
    ],
)
def test_a_wrong_import_is_refused(lint: Lint, original: Path, tmp_path: Path, module: str, line: str) -> None:
    folder = shutil.copytree(original, tmp_path / "changed")
    with (folder / module).open("a") as file:
        file.write(f"\n{line}\n")
    answer = lint(folder)
    assert answer.returncode == 1
    assert "BROKEN" in answer.stdout
