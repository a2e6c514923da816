"""Lives of a process that end by kill -9: forked from the test, so that many short rounds cost little.

A life says what was acknowledged to it through a pipe. Seeds are random and printed; ``SEED=n`` runs one again.
"""

import asyncio
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

Say = Callable[[bytes], object]


def chances() -> random.Random:
    """Return where the rounds take their chances from."""
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    print(f"SEED={seed}")  # noqa: T201 - a failure can be run again
    return random.Random(seed)


class Life:
    """A forked process that runs `main` and is killed when the test says so, if it has not ended before."""

    def __init__(self, main: Callable[[Say], Awaitable[Any]]) -> None:
        self._pipe, said = os.pipe()
        self._said = b""
        self.pid = os.fork()
        if not self.pid:
            os.close(self._pipe)
            _live(main, said)
        os.close(said)

    def speaks(self) -> "Life":
        """Wait until it says its first word."""
        self._listen()
        return self

    def lasts(self, seconds: float) -> list[bytes]:
        """Let it live that long at most, then kill it; return the lines it said."""
        end = time.monotonic() + seconds
        while select.select([self._pipe], [], [], max(0.0, end - time.monotonic()))[0] and self._listen():
            pass
        os.kill(self.pid, signal.SIGKILL)
        while self._listen():
            pass
        os.close(self._pipe)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        assert self.code in {0, -signal.SIGKILL}, f"ended with {self.code}"
        return self._said.splitlines()

    def _listen(self) -> bool:
        said = os.read(self._pipe, 1 << 16)
        self._said += said
        return bool(said)


def _live(main: Callable[[Say], Awaitable[Any]], said: int) -> None:
    code = 1
    try:
        asyncio.run(_await(main(lambda line: os.write(said, line + b"\n"))))
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may return into the test
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)


async def _await(work: Awaitable[Any]) -> None:
    await work
