"""Starts a real server as a process of its own on loopback, waits until it answers, and ends it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

SBIN = "/usr/sbin:/usr/bin:/bin"


class NoServerError(RuntimeError):
    """The server is not on this machine, or does not come up. The message says what to do."""


def program(name: str) -> str:
    """Return the path of a program of a Debian package."""
    path = shutil.which(name) or shutil.which(name, path=SBIN)
    if path is None:
        raise NoServerError(f"{name} is not installed; `make servers` installs it or says how")
    return path


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], ready: str, log: Path, *, seconds: float = 180) -> Iterator[None]:
    """Run a server until the end of the block; enter it once the URL `ready` answers 200. It logs to the file `log`."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as server:
        try:
            _wait(server, ready, log, time.monotonic() + seconds)
            yield
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait(server: subprocess.Popen[bytes], ready: str, log: Path, until: float) -> None:
    while not _answers(ready):
        if server.poll() is not None or time.monotonic() > until:
            raise NoServerError(f"{server.args!r} does not come up:\n{log.read_text('utf-8')}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
