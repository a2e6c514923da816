"""Processes as users start them, on ports and in folders of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.servers.kafka import kafka
from tests.servers.loopback import free_port

__all__ = ["kafka"]

PATIENCE = 120.0
"""Seconds within which a process is where it should be, on a slow machine that does other things too."""
TIERS = {"plan", "act", "refer", "escalate", "passed"}


class Started:
    """A process of ours with a page, an API or probes on a port."""

    def __init__(self, arguments: list[str], port: int, log: Path, settings: dict[str, str]) -> None:
        self.port = port
        self.log = log
        bare = {name: value for name, value in os.environ.items() if not name.upper().startswith("FRISTVAGT_")}
        patient = {"FRISTVAGT_STOP_SECONDS": "100"}  # a busy machine is no reason to be cut off
        environ = bare | patient | {f"FRISTVAGT_{name.upper()}": value for name, value in settings.items()}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", *arguments], env=environ, stdout=out, stderr=subprocess.STDOUT
            )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def wait_for(self, path: str, good: Callable[[httpx.Response], bool], seconds: float = PATIENCE) -> httpx.Response:
        """Ask until the answer is good."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if good(answer := self.get(path)):
                    return answer
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text("utf-8")
            time.sleep(0.1)
        raise AssertionError(f"{path} was not as expected within {seconds} s: {self.log.read_text('utf-8')}")

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


Demo = Callable[..., Started]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def demo(tmp_path: Path, data: Path) -> Iterator[Demo]:
    """Start a demo on the test's data folder; what is left at the end is ended in good order."""
    running: list[Started] = []

    def start(*arguments: str, port: int | None = None, folder: Path = data) -> Started:
        port = port or free_port()
        command = ["demo", "--port", str(port), "--data", str(folder), *arguments]
        started = Started(command, port, tmp_path / "demo.log", {})
        running.append(started)
        return started

    yield start
    for each in running:
        if each.process.poll() is None:
            each.end(signal.SIGTERM)


def answers(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def tiers(answer: httpx.Response) -> set[str]:
    return {cell["tier"] for cell in answer.json().get("cells", [])} - {None}


def summary(started: Started) -> Any:
    return started.wait_for("/v1/risk/summary", answers).json()
