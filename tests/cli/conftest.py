"""The command line as users run it: a process of its own, with nothing set that the test does not set."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def fristvagt(tmp_path: Path) -> Run:
    """Run `fristvagt` with arguments; further settings by their variables' names without the prefix."""
    bare = {name: value for name, value in os.environ.items() if not name.upper().startswith("FRISTVAGT_")}

    def run(*arguments: object, **settings: str) -> "subprocess.CompletedProcess[str]":
        environ = bare | {"FRISTVAGT_DATA_DIR": str(tmp_path / "data")}
        environ |= {f"FRISTVAGT_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "deploy.cli", *map(str, arguments)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)

    return run


def one_line(text: str) -> bool:
    return text.startswith("fristvagt: ") and text.count("\n") == 1
