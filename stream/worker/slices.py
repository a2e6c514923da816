"""Events in slices: a large batch must not hold the event loop."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

from stream.worker.intake import Intake, IntakeResult, Raw

SLICE: Final = 500
"""Events whose outcome is handed on together."""

LARGE_BYTES: Final = 32 * 1024
"""A body from which on it is read in a thread: about a millisecond of work."""

_TURN: Final = 0.01
"""Seconds of judging between two turns of the event loop."""


async def judged(intake: Intake, raw: Raw) -> AsyncIterator[list[IntakeResult]]:
    """Yield what became of a message's events, in order, at most SLICE at a time. Raises nothing, like `Intake`."""
    large = len(raw.value or b"") > LARGE_BYTES
    events = await asyncio.to_thread(intake.opened, raw) if large else intake.opened(raw)
    slice_: list[IntakeResult] = []
    turn = time.monotonic()
    for event in events:
        slice_.append(intake.judge(event, raw))
        if len(slice_) == SLICE:
            yield slice_
            slice_ = []
        if time.monotonic() - turn > _TURN:
            await asyncio.sleep(0)
            turn = time.monotonic()
    if slice_:
        yield slice_
