"""Runs the parts of a process together: starts them in order, stops all when one ends or a signal asks, in reverse.

A stop has a time limit. When it is over, the process is ended hard: a consumer that hangs must not keep its
partitions. A part that ends by itself ends the process, which never runs on half-dead.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, Protocol

log = logging.getLogger(__name__)

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GOOD: Final = 0
CRASHED: Final = 1


class Part(Protocol):
    """Something that runs in this process: a Faust app, a web server, an embedded server, a feeder."""

    name: str

    async def start(self) -> None:
        """Come up; returns when the part is at work."""

    async def stop(self) -> None:
        """Go down in good order."""

    async def ended(self) -> str:
        """Wait until the part has ended although nobody asked, and return the reason."""


class HardExit:
    """Ends the process with code 1 when a stop takes longer than `seconds` (wall time)."""

    def __init__(self, seconds: float, last_words: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, self._exit)
        self._timer.daemon = True
        self._seconds = seconds
        self._last_words = last_words

    def arm(self) -> None:
        """Start counting."""
        self._timer.start()

    def disarm(self) -> None:
        """Stop counting: all parts are down."""
        self._timer.cancel()

    def _exit(self) -> None:
        log.error("stopping took longer than allowed, hard exit", extra={"seconds": self._seconds})
        try:
            self._last_words()
        finally:
            os._exit(CRASHED)


def run(work: Coroutine[Any, Any, int], *, stop_seconds: float, last_words: Callable[[], None] = lambda: None) -> int:
    """Run `work` in an event loop of its own and return its exit code. The process does not outlive it.

    Faust starts a cancelled agent again, so the loop of a crashed app never gets empty: after a crash the process ends
    hard at once, and after anything else when emptying the loop takes longer than `stop_seconds`.
    """
    hard_exit = HardExit(stop_seconds, last_words)

    async def to_its_end() -> int:
        try:
            code = await work
        finally:
            hard_exit.arm()
        if code != GOOD:
            logging.shutdown()
            os._exit(code)
        return code

    try:
        return asyncio.run(to_its_end())
    finally:
        hard_exit.disarm()


async def supervise(
    parts: Sequence[Part],
    *,
    stop_seconds: float,
    on_started: Callable[[], None] = lambda: None,
    last_words: Callable[[], None] = lambda: None,
) -> int:
    """Run the parts until a signal (returns 0) or until one ends by itself (returns 1).

    `last_words` is called before a hard exit, for what must not outlive the process.
    """
    asked = _asked_to_stop()
    started: list[Part] = []
    code = CRASHED
    try:
        code = await _run_until(asked, _start_and_watch(parts, started, on_started))
    finally:
        hard_exit = HardExit(stop_seconds, last_words)
        hard_exit.arm()
        stopped_well = await _stop(started)
        hard_exit.disarm()
    return code if stopped_well else CRASHED


def _asked_to_stop() -> asyncio.Event:
    asked = asyncio.Event()
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays what it is
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked


async def _run_until(asked: asyncio.Event, work: Coroutine[None, None, str]) -> int:
    waiting, working = asyncio.create_task(asked.wait()), asyncio.create_task(work)
    done, pending = await asyncio.wait({waiting, working}, return_when=asyncio.FIRST_COMPLETED)
    await _cancel(pending)
    if working not in done:
        return GOOD
    log.error("a part ended by itself, so the process ends", extra={"reason": working.result()})
    return CRASHED


async def _start_and_watch(parts: Sequence[Part], started: list[Part], on_started: Callable[[], None]) -> str:
    for part in parts:
        started.append(part)
        await part.start()
        log.info("started", extra={"part": part.name})
    on_started()
    ends = [asyncio.create_task(part.ended(), name=part.name) for part in parts]
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return "; ".join(f"{task.get_name()}: {task.result()}" for task in done)
    finally:
        await _cancel(ends)


async def _stop(started: list[Part]) -> bool:
    """Stop the parts, last started first; a part that fails to stop is logged and does not keep the others up."""
    good = True
    for part in reversed(started):
        try:
            await part.stop()
        except Exception:
            log.exception("a part did not stop in good order", extra={"part": part.name})
            good = False
        else:
            log.info("stopped", extra={"part": part.name})
    return good


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    tasks = [task for task in tasks if not task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
