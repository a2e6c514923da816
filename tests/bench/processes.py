"""Processes under measurement: started, watched from outside by /proc and /readyz, ended."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import msgspec

from stream.clock import format_moment
from stream.worker.transport import TransportOptions
from tests.bench.broker import PARTITIONS, bootstrap
from tests.bench.feed import AT
from tests.servers.loopback import free_port

TOP = Path(__file__).parents[2]
BASELINES = Path(__file__).parent / "baselines"
PYTHON = TOP / ".tools" / "bench" / "bin" / "python"
"""The interpreter of the environment with what we measure against: `make bench` makes it."""
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK = 0.1
"""Seconds between looks at the memory of a process."""
SAID = 4000
"""Characters of a process's output that are shown when it fails."""
TICKS = os.sysconf("SC_CLK_TCK")


class TooLongError(RuntimeError):
    """What was waited for did not happen."""


class Process:
    """A process. It is killed at the end of the block, unless it has ended."""

    def __init__(self, command: Sequence[str | Path], environ: dict[str, str] | None = None) -> None:
        self._command = [str(word) for word in command]
        self._environ = {**os.environ, **(environ or {})}

    def __enter__(self) -> Self:
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self._command, env=self._environ, cwd=TOP, stdout=self._log, stderr=subprocess.STDOUT
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End it with -9."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, name: str = "VmRSS") -> int:
        """Bytes of memory it holds, or held at most (`VmHWM`)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:"))

    def until(self, condition: Callable[[], bool], seconds: float = 3600, pause: float = 0.1) -> None:
        """Wait until the condition holds. Raises TooLongError, also when the process has ended."""
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise TooLongError(f"{self._command} did not get there ({self.process.poll()}):\n{self._said()}")
            time.sleep(pause)

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-SAID:]


class Fristvagt(Process):
    """`fristvagt worker` or `fristvagt intake`, as delivered, on the benchmark's broker and at its present."""

    def __init__(self, kind: str, options: TransportOptions, clock: str | None = None, **settings: str) -> None:
        self._port = free_port()
        given = {
            "transport": "kafka",
            "kafka_brokers": bootstrap(options),
            "partitions": str(PARTITIONS),
            "replication": "1",
            "clock": clock or f"fixed:{format_moment(AT)}",
            "health_port": str(self._port),
            "log_level": "ERROR",
            **settings,
        }
        words = [sys.executable, "-m", "deploy.cli", kind]
        super().__init__(words, {f"FRISTVAGT_{name.upper()}": value for name, value in given.items()})

    def is_ready(self) -> bool:
        """Whether it says that everything has been read."""
        try:
            return httpx.get(f"http://127.0.0.1:{self._port}/readyz", timeout=30).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def metrics(self) -> str:
        """Its metrics as text."""
        return httpx.get(f"http://127.0.0.1:{self._port}/metrics", timeout=60).text


def baseline(name: str, *words: str | Path) -> Process:
    """One of the scripts in `baselines`."""
    return Process([PYTHON, BASELINES / f"{name}.py", *words])


class Answer(msgspec.Struct):
    """What a reader says of its work; `peak` (bytes, with its own processes) is measured from outside."""

    events: int
    seconds: float
    outcomes: dict[str, int] = {}
    peak: int = 0
    cpu: float = 0.0
    """Seconds of processor time, starting and importing included."""

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_rate(self) -> float:
        return self.events / self.cpu


def baseline_answer(name: str, *words: str) -> Answer:
    """What a script in `baselines` says."""
    return _answer([PYTHON, BASELINES / f"{name}.py", *words])


def replay_answer(options: TransportOptions, processes: int) -> Answer:
    """What our replay says of the facts topic."""
    words = [bootstrap(options), str(PARTITIONS), format_moment(AT), str(processes)]
    return _answer([sys.executable, "-m", "tests.bench.replayer", *words])


def _answer(command: Sequence[str | Path]) -> Answer:
    peak, used = 0, _cpu_of_children()
    with subprocess.Popen([str(word) for word in command], cwd=TOP, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, _family(process.pid))))
            time.sleep(LOOK)
        if process.returncode or process.stdout is None:
            raise TooLongError(f"{command} ended with {process.returncode}")
        answer = msgspec.json.decode(process.stdout.read(), type=Answer)
    return msgspec.structs.replace(answer, peak=peak, cpu=_cpu_of_children() - used)


def _cpu_of_children() -> float:
    """Seconds of processor time of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _family(pid: int) -> Iterator[int]:
    """A process and those it has started."""
    yield pid
    with suppress(OSError):
        for text in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split():
            yield from _family(int(text))


def _memory(pid: int) -> int:
    """Bytes of memory that are not shared with other processes of the family; 0 if it has just ended."""
    with suppress(OSError):
        resident, shared = Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1:3]
        return (int(resident) - int(shared)) * PAGE
    return 0
