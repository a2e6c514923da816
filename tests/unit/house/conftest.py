"""What the house rules look at: the files that git knows, or would take."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
ROOMS = ("stream", "alerts", "api", "deploy")


@pytest.fixture(scope="session")
def top() -> Path:
    """The top of the repository."""
    return TOP


@pytest.fixture(scope="session")
def files() -> Sequence[Path]:
    """Every file that is in the repository or would be with `git add`, from the top."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout.split("\0")
    return [Path(name) for name in sorted(set(names)) if name and (TOP / name).is_file()]


@pytest.fixture(scope="session")
def sources(files: Sequence[Path]) -> dict[Path, str]:
    """The Python modules of the product, by path from the top."""
    return {path: (TOP / path).read_text("utf-8") for path in files if path.suffix == ".py" and path.parts[0] in ROOMS}


@pytest.fixture(scope="session")
def texts(files: Sequence[Path]) -> dict[Path, str]:
    """Every text file, by path from the top; pictures and fonts are left out."""
    texts = {}
    for path in files:
        content = (TOP / path).read_bytes()
        if b"\0" not in content:
            texts[path] = content.decode("utf-8")
    return texts
