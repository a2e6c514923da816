"""The set-up on a bare machine: it says what is missing, and `make test` is what CI runs."""

import os
import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]
TOP = Path(__file__).parents[2]


@pytest.fixture
def bare(tmp_path: Path) -> Callable[..., Mapping[str, str]]:
    """An environment whose PATH holds the few given programs, real (True) or a one-line script, and nothing else."""

    def environment(**programs: bool | str) -> Mapping[str, str]:
        for name, script in programs.items():
            path = tmp_path / name
            if script is True:
                path.symlink_to(shutil.which(name) or name)
            else:
                path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return {"PATH": str(tmp_path), "HOME": str(tmp_path)}

    return environment


def bash(run: Run, script: str, *arguments: str, env: Mapping[str, str]) -> CompletedProcess[str]:
    return run("/bin/bash", TOP / "deploy" / "tools" / script, *arguments, env=env)


def test_servers_that_are_missing_are_named_with_the_command_that_installs_them(
    run: Run, bare: Callable[..., Mapping[str, str]]
) -> None:
    answer = bash(run, "debian.sh", env=bare(id="echo 1000", sort=True))
    assert answer.returncode == 1
    packages = "chromium openssl postgresql prometheus prometheus-alertmanager redis-server strace"
    assert answer.stdout.endswith(f"apt-get install -y --no-install-recommends {packages}\n")


def test_nothing_is_said_or_done_where_every_server_is_there(run: Run, bare: Callable[..., Mapping[str, str]]) -> None:
    servers = ("redis-server", "prometheus", "promtool", "prometheus-alertmanager", "amtool", "chromium")
    names = (*servers, "openssl", "strace", "pg_ctlcluster", "apt-get")
    answer = bash(run, "debian.sh", env=bare(**dict.fromkeys(names, "exit 9")))
    assert (answer.returncode, answer.stdout) == (0, "")


def test_a_python_that_is_too_old_is_refused_with_what_to_install(
    run: Run, bare: Callable[..., Mapping[str, str]]
) -> None:
    answer = bash(run, "python.sh", "requirements.txt", "stamp", env=bare(python3="exit 1"))
    assert answer.returncode == 1
    assert answer.stdout == "fristvagt: Python 3.11 or later is needed: apt-get install python3.11 python3.11-venv\n"


@pytest.mark.parametrize(
    ("program", "says", "answer"),
    [
        ("node", "echo v18.20.4", "node is 18.20.4; needed is Node.js 20 or later"),
        ("go", "echo go version go1.19.8 linux/amd64", "go is 1.19.8; needed is Go 1.25 or later"),
        ("java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2", "java is 11.0.2; needed is a Java 17 or later"),
    ],
)
def test_a_build_tool_that_is_too_old_is_refused(
    run: Run, bare: Callable[..., Mapping[str, str]], program: str, says: str, answer: str
) -> None:
    refused = bash(run, "toolchain.sh", program, env=bare(**{program: says}, grep=True, head=True, sort=True))
    assert refused.returncode == 1
    assert answer in refused.stdout


@pytest.mark.parametrize(
    ("program", "says"), [("node", "echo v20.0.0"), ("go", "echo go version go1.26.8 linux/amd64")]
)
def test_a_build_tool_that_is_new_enough_is_taken(
    run: Run, bare: Callable[..., Mapping[str, str]], program: str, says: str
) -> None:
    taken = bash(run, "toolchain.sh", program, env=bare(**{program: says}, grep=True, head=True, sort=True))
    assert (taken.returncode, taken.stdout) == (0, "")


def test_a_build_tool_that_is_missing_is_named(run: Run, bare: Callable[..., Mapping[str, str]]) -> None:
    refused = bash(run, "toolchain.sh", "mvn", env=bare(sort=True))
    assert refused.stdout.startswith("fristvagt: mvn is not installed; needed is Maven")


def test_ci_runs_make_test_and_nothing_else() -> None:
    lines = [line for line in (TOP / ".ci" / "run").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]
    assert os.access(TOP / ".ci" / "run", os.X_OK)


def test_the_last_thing_make_test_does_is_to_run_tests(run: Run) -> None:
    commands = (
        run("make", "--no-print-directory", "--dry-run", "--always-make", "test")
        .stdout.replace("\\\n", "")
        .splitlines()
    )
    assert commands[-1].startswith(".venv/bin/python -m pytest tests ")


@pytest.mark.parametrize("check", ["ruff check", "ruff format --check", "mypy", "lint-imports", "pytest tests/unit"])
def test_make_test_leaves_no_check_out(run: Run, check: str) -> None:
    assert check in run("make", "--no-print-directory", "--dry-run", "--always-make", "test").stdout


def test_every_target_is_explained(run: Run) -> None:
    phony = next(line for line in (TOP / "Makefile").read_text("utf-8").splitlines() if line.startswith(".PHONY:"))
    explained = [line.split("\t")[0] for line in run("make", "--no-print-directory", "help").stdout.splitlines()]
    assert sorted(explained) == sorted(phony.split()[1:])
