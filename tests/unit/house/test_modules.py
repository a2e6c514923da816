"""A module is one room with one purpose: it says which, and stays small."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

LINES = 300
WORDS = 3
UNFINISHED = re.compile(
    r"\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b|NotImplemented[E]rror|mark\.(skip|xfail)|pytest\.(skip|xfail)\("
)


def test_every_module_says_what_it_is_for(sources: dict[Path, str]) -> None:
    silent = [
        str(path) for path, text in sources.items() if len((ast.get_docstring(ast.parse(text)) or "").split()) < WORDS
    ]
    assert silent == []


def test_no_module_is_longer_than_it_can_be_read(texts: dict[Path, str]) -> None:
    lengths = {str(path): len(text.splitlines()) for path, text in texts.items() if path.suffix == ".py"}
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def test_nothing_is_left_unfinished_and_no_test_is_skipped(texts: dict[Path, str]) -> None:
    found = {
        str(path): hit[0] for path, text in texts.items() if path.suffix == ".py" and (hit := UNFINISHED.search(text))
    }
    assert found == {}


def test_each_room_has_modules_so_that_these_rules_mean_something(sources: dict[Path, str]) -> None:
    assert {path.parts[0] for path in sources} == {"stream", "alerts", "api", "deploy"}


def test_the_top_level_holds_exactly_what_belongs_there(files: Sequence[Path]) -> None:
    assert {path.parts[0] for path in files} == {
        ".ci",
        ".gitignore",
        ".npmrc",
        "CHANGELOG.md",
        "Makefile",
        "README.md",
        "alerts",
        "api",
        "deploy",
        "docker-compose.yml",
        "package-lock.json",
        "package.json",
        "pyproject.toml",
        "requirements-dev.txt",
        "requirements.txt",
        "stream",
        "tests",
    }
