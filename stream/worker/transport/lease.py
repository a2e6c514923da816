"""Ends a process that slept longer than its membership of the Kafka group may have lasted.

Stopped, starved or suspended, it would wake up in the middle of its work while another worker owns its partitions, and
write an old row over a new one. It must not send one more record.
"""

import os
import threading
import time
from collections.abc import Callable

from stream.worker.transport.running import EXIT_SLEPT

_TICK = 0.1
"""Seconds between signs of life."""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Where there is one, the clock that also counts while the machine is suspended."""


def _now() -> float:
    return time.clock_gettime(_CLOCK)


class Lease:
    """Watches from a thread that the process is awake. `seconds` is how long it may sleep."""

    def __init__(
        self,
        seconds: float,
        *,
        now: Callable[[], float] = _now,
        exit_process: Callable[[int], object] = os._exit,
    ) -> None:
        self._seconds = seconds
        self._now = now
        self._exit = exit_process
        self._seen = now()
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to watch."""
        self._seen = self._now()
        threading.Thread(target=self._watch, name="lease", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()

    def renew(self) -> None:
        """Give a sign of life; ends the process (code 70) if the last one is too old."""
        self.check()
        self._seen = self._now()

    def check(self) -> None:
        """End the process (code 70) if it slept. Called before anything is sent."""
        if self._now() - self._seen > self._seconds:
            self._exit(EXIT_SLEPT)

    def _watch(self) -> None:
        while not self._over.wait(_TICK):
            self.renew()
