"""What we are measured against is locked, runs the versions that we run, and knows nothing of ours."""

import ast
import re
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[3]
BENCH = TOP / "tests" / "bench"
PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
OURS = {"stream", "alerts", "api", "deploy", "tests"}


def pinned(text: str) -> dict[str, str]:
    return dict(PINNED.findall(text))


def test_the_clients_are_those_of_the_product() -> None:
    asked = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    ours, theirs = pinned("\n".join(asked)), pinned((BENCH / "requirements.in").read_text("utf-8"))
    shared = ours.keys() & theirs.keys()
    assert {"aiokafka", "faust-streaming"} <= shared
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}


def test_the_lock_file_holds_what_is_asked_for() -> None:
    asked, locked = (pinned((BENCH / name).read_text("utf-8")) for name in ("requirements.in", "requirements.txt"))
    assert asked.items() <= locked.items()


def test_every_locked_package_has_a_hash() -> None:
    packages = re.split(r"\n(?=\S)", (BENCH / "requirements.txt").read_text("utf-8").strip())
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_a_baseline_imports_nothing_of_ours() -> None:
    imported = set()
    for path in (BENCH / "baselines").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
                imported |= {name.partition(".")[0] for name in names}
    assert {"faust", "quixstreams", "aiokafka"} <= imported
    assert imported & OURS == set()
