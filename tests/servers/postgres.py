"""A real PostgreSQL on loopback, Debian's: a login with a password, and a database of its own for each test."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from tests.servers.loopback import NoServerError, free_port, program

USER = "fristvagt"
PASSWORD = "a password of tests"
SERVICE_USER = "postgres"
"""Who runs it when the tests run as root, which PostgreSQL refuses to be."""


class PostgresServer:
    """One PostgreSQL with its data in `folder`. It may be ended hard and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def __enter__(self) -> Self:
        self._make()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, seconds: float = 60) -> None:
        """Start it, and return once it answers."""
        listen = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        words = [word for name, value in listen.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            command = [server_program("postgres"), "-D", str(self._folder / "data"), *words]
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, **_service())
        until = time.monotonic() + seconds
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServerError(f"PostgreSQL does not come up: {self._log.read_text('utf-8')}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, with every connection, as a power cut does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=20)
            self._process = None

    def new_database(self) -> str:
        """Make an empty database and return its URL, which holds no login."""
        self._databases += 1
        name = f"records{self._databases}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://127.0.0.1:{self.port}/{name}"

    def connect(self, database: str) -> "psycopg.Connection[Any]":
        """Connect past everything that is tested; each statement is a transaction."""
        return connect(self.port, database)

    def _make(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self._folder, password):
                shutil.chown(path, SERVICE_USER, SERVICE_USER)
        command = [server_program("initdb"), "-D", str(self._folder / "data"), "--username", USER, "--no-sync"]
        command += ["--encoding", "UTF8", "--locale", "C", "--auth", "scram-sha-256", "--pwfile", str(password)]
        made = subprocess.run(command, capture_output=True, text=True, check=False, **_service())
        if made.returncode:
            raise NoServerError(f"initdb: {made.stderr}")

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True


def connect(port: int, database: str) -> "psycopg.Connection[Any]":
    """Connect to a server of this kind; each statement is a transaction."""
    return psycopg.connect(host="127.0.0.1", port=port, dbname=database, user=USER, password=PASSWORD, autocommit=True)


def server_program(name: str) -> str:
    """Return the path of a program of the newest PostgreSQL that Debian has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else program(name)


def _service() -> dict[str, Any]:
    """Return how a process is started by somebody who may run PostgreSQL."""
    if os.geteuid() != 0:
        return {}
    return {"user": SERVICE_USER, "group": pwd.getpwnam(SERVICE_USER).pw_gid, "extra_groups": [], "cwd": "/"}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that lives as long as the test session, in a folder that its user can reach."""
    with tempfile.TemporaryDirectory(prefix="fristvagt-postgres-") as folder, PostgresServer(Path(folder)) as server:
        yield server
