import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from deploy.supervise import supervise


class FakePart:
    def __init__(self, name: str, diary: list[str], *, ends: float | None = None, breaks: str = "") -> None:
        self.name, self._diary, self._ends, self._breaks = name, diary, ends, breaks

    async def start(self) -> None:
        if self._breaks == "start":
            raise RuntimeError("cannot start")
        self._diary.append(f"start {self.name}")

    async def stop(self) -> None:
        if self._breaks == "stop":
            raise RuntimeError("cannot stop")
        self._diary.append(f"stop {self.name}")

    async def ended(self) -> str:
        await asyncio.sleep(60 if self._ends is None else self._ends)
        return "broke"


def send(number: int) -> None:
    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_all_parts_in_reverse_and_is_good(number: int) -> None:
    diary: list[str] = []
    send(number)
    code = await supervise([FakePart("a", diary), FakePart("b", diary)], stop_seconds=5)
    assert (code, diary) == (0, ["start a", "start b", "stop b", "stop a"])


async def test_a_part_that_ends_by_itself_ends_the_process() -> None:
    diary: list[str] = []
    code = await supervise([FakePart("a", diary), FakePart("b", diary, ends=0.01)], stop_seconds=5)
    assert (code, diary[2:]) == (1, ["stop b", "stop a"])


async def test_a_part_that_cannot_start_takes_the_started_ones_down_again() -> None:
    diary: list[str] = []
    with pytest.raises(RuntimeError, match="cannot start"):
        await supervise([FakePart("a", diary), FakePart("b", diary, breaks="start")], stop_seconds=5)
    assert diary[-1] == "stop a"


async def test_a_part_that_cannot_stop_does_not_keep_the_others_up() -> None:
    diary: list[str] = []
    send(signal.SIGTERM)
    code = await supervise([FakePart("a", diary), FakePart("b", diary, breaks="stop")], stop_seconds=5)
    assert (code, diary[-1]) == (1, "stop a")


async def test_the_start_is_told_when_all_parts_are_up() -> None:
    diary: list[str] = []
    send(signal.SIGTERM)
    await supervise([FakePart("a", diary)], stop_seconds=5, on_started=lambda: diary.append("all up"))
    assert diary[:2] == ["start a", "all up"]


STUBBORN = """
import asyncio
from deploy.supervise import supervise

class Stubborn:
    name = "stubborn"
    async def start(self): pass
    async def stop(self): await asyncio.sleep(60)
    async def ended(self): return "broke"

asyncio.run(supervise([Stubborn()], stop_seconds=0.2, last_words=lambda: print("last words", flush=True)))
"""


def test_a_stop_that_hangs_is_ended_hard_after_its_time() -> None:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", STUBBORN], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (1, "last words\n")
    assert time.monotonic() - begun < 10


CRASHED_APP = """
import asyncio
from deploy.supervise import run, supervise

async def never_ends():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

class Crashed:
    name = "crashed"
    async def start(self): self.left = asyncio.create_task(never_ends())
    async def stop(self): print("stopped", flush=True)
    async def ended(self): return "the app crashed"

run(supervise([Crashed()], stop_seconds=5), stop_seconds=5)
"""


def test_a_process_does_not_outlive_a_crashed_app_whose_tasks_never_end() -> None:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", CRASHED_APP], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (1, "stopped\n")
    assert time.monotonic() - begun < 5
