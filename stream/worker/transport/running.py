"""Starting, watching and ending an app. A process with a crashed app ends: half-dead, it would only look alive."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any, Final

from aiokafka.errors import KafkaError

from stream.worker.transport.errors import (
    GroupLostError,
    NotMemberError,
    RecoveryStalledError,
    StoreError,
    TransportError,
)
from stream.worker.transport.kafka.diagnosis import LACKING_RIGHTS, refusal, sentence

log = logging.getLogger(__name__)

EXIT_CRASHED: Final = 1
EXIT_SLEPT: Final = 70
"""The process slept past its group membership; another worker may own its partitions (see lease.py)."""
EXIT_HUNG: Final = 71
"""A graceful stop took longer than it may."""

_TOLD: Final = (StoreError, NotMemberError, GroupLostError, RecoveryStalledError)
"""Errors whose own words say what to do, and quote no event."""

_LOOK = 0.1
"""Seconds between looks at whether the app has crashed."""


async def run_app(
    app: Any, *, stop: asyncio.Event, grace: float = 10.0, exit_process: Callable[[int], object] = os._exit
) -> None:
    """Run `app` until `stop` is set, then let it finish and commit within `grace` seconds.

    Ends the process at once when the app crashes (code 1), or when the stop takes longer than `grace` (code 71).
    Raises TransportError, such as StoreLockedError, if the app cannot start. Several apps of one process run side by
    side with one `stop`.
    """
    starting = asyncio.ensure_future(app.start())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not stopping.done() and not app.crashed:
            if starting.done():
                await _check_start(app, starting)
            await asyncio.wait([stopping], timeout=_LOOK)
        if app.crashed:
            log.critical("%s has crashed, the process ends: %s", app.conf.id, crash_reason(app))
            exit_process(EXIT_CRASHED)
        else:
            await _stop(app, starting, grace, exit_process)
    finally:
        stopping.cancel()
        starting.cancel()


async def _check_start(app: Any, starting: asyncio.Future[Any]) -> None:
    try:
        starting.result()
    except KafkaError as error:
        raise TransportError(f"{app.conf.id} cannot start: {await refusal(app.options, error)}") from error


def crash_reason(app: Any) -> str:
    """Say why an app crashed. Only what a log lacks is told in full: other messages may quote an event."""
    error = app.crash_reason
    while error is not None and not isinstance(error, (*LACKING_RIGHTS, *_TOLD)):
        error = error.__cause__ or error.__context__
    if isinstance(error, _TOLD):
        return str(error)
    return type(app.crash_reason).__name__ if error is None else sentence(error)


async def _stop(app: Any, starting: asyncio.Future[Any], grace: float, exit_process: Callable[[int], object]) -> None:
    """Watch the stop from outside: Faust swallows cancellation while it waits for an agent."""
    stopping = asyncio.ensure_future(_end(app, starting))
    await asyncio.wait([stopping], timeout=grace)
    if stopping.done():
        stopping.result()
        return
    log.critical("%s did not stop in %s s, the process ends; unsettled runs will be read again", app.conf.id, grace)
    exit_process(EXIT_HUNG)


async def _end(app: Any, starting: asyncio.Future[Any]) -> None:
    starting.cancel()
    await asyncio.wait([starting])
    await app.stop()
