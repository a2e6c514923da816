"""A real Apache Kafka on loopback: one KRaft node from Maven's artifacts, no container.

The jars are fetched once (44 MB) into `.tools` at the top of the repository; Java and Maven must be installed.
"""

import fcntl
import shutil
import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import pytest

from tests.servers.loopback import NoServerError, free_port, program

HERE = Path(__file__).parent / "kafka"
TOOLS = Path(__file__).parents[2] / ".tools"

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.backoff.ms=500
log.retention.check.interval.ms=500
"""


def jars() -> Path:
    """Return the folder with Kafka's jars; fetch them if need be."""
    folder = TOOLS / "kafka-4.3.0"
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    command = [program("mvn"), "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    subprocess.run(command, cwd=HERE, check=True, timeout=600)
    (folder / "complete").touch()


class Kafka:
    """One broker with its data in `folder`. It may be killed and started again on the same port.

    `more` are further settings, of which the last one of a name counts; `formatting` are words for Kafka's formatter.
    """

    def __init__(self, folder: Path, more: str = "", formatting: Sequence[str] = ()) -> None:
        self.folder = folder
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        settings = folder / "server.properties"
        plain = SETTINGS.format(port=self.port, controller=free_port(), folder=folder)
        settings.write_text(plain + more.format(port=self.port, folder=folder), "utf-8")
        cluster = urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")  # no leading dash
        tool = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings), *formatting)
        subprocess.run(tool, check=True, timeout=180, stdout=subprocess.DEVNULL)

    def _java(self, *words: str) -> list[str]:
        return [program("java"), "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{jars()}/*", *words]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, seconds: float = 180) -> None:
        """Start it, and return once it takes connections."""
        log = (self.folder / "kafka.log").open("ab")
        command = self._java("kafka.Kafka", str(self.folder / "server.properties"))
        with log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + seconds
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServerError(f"Kafka does not come up: {(self.folder / 'kafka.log').read_text('utf-8')}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it: at once, or with SIGTERM in good order."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address (host:port) of a Kafka that lives as long as the test session."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture
def kafka_of_its_own(tmp_path: Path) -> Iterator[str]:
    """The address of a Kafka of one test alone: the topics have fixed names and keep what other tests wrote."""
    with Kafka(tmp_path) as broker:
        yield broker.bootstrap
