"""What of the notifier runs beside its Faust app: the database, and the tasks that look and send."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from alerts.records.database import Database
from alerts.records.errors import RecordsError
from deploy.errors import CommandError
from deploy.notifying.app import AWAY, RETRY_SECONDS

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""Wall time between two looks at what is due."""

IDLE_SECONDS: Final = 0.2
"""Wall time between two looks at what is to be sent, while there is nothing."""

POLICY_SECONDS: Final = 5.0
"""Wall time between two looks at the policy file."""


LOOKUPS: Final = 128
"""Names that may be looked up at a time. A look-up cannot be called off, and goes on after its attempt was given up:
so many that the name of one host, whose name server says nothing, takes none from the others."""


class RecordsPart:
    """Brings the tables to this version before anything reads them, and closes the database at the end."""

    name = "records"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self) -> None:
        """Make the tables. Raises CommandError where the database is away, or newer than this version."""
        try:
            await asyncio.to_thread(self._database.migrate)
        except RecordsError as error:
            raise CommandError(str(error)) from error

    async def stop(self) -> None:
        """Close every connection."""
        await asyncio.to_thread(self._database.close)

    async def ended(self) -> str:
        """Wait for ever: a database that is away comes back."""
        await asyncio.Event().wait()
        return ""


class Sends(Protocol):
    """A notifier, as far as it works by itself."""

    async def look(self) -> None:
        """See to what is due."""
        ...

    async def send(self) -> int:
        """Begin to send what is due; return how many were begun."""
        ...

    async def finish(self) -> None:
        """Wait for what was begun."""
        ...

    async def leave(self) -> None:
        """Let another process have the turn."""
        ...


class SendingPart:
    """Looks and sends until it is stopped: then what is under way comes to its end, so that it is not sent twice.

    It has `finish_seconds` for that (wall time): who takes over must not wait for a server that hangs.
    """

    name = "sending"

    def __init__(
        self,
        notifier: Sends,
        *,
        look: Callable[[], Awaitable[None]],
        look_at_policy: Callable[[], None],
        close: Callable[[], Awaitable[None]],
        finish_seconds: float,
    ) -> None:
        self._notifier = notifier
        self._look = look
        self._look_at_policy = look_at_policy
        self._close = close
        self._finish_seconds = finish_seconds
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin. From now on the event loop looks up names, and does else what blocks, in as many threads as needed."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(LOOKUPS, "lookup"))
        turns = ((self._watch, LOOK_SECONDS), (self._send, IDLE_SECONDS), (self._read_policy, POLICY_SECONDS))
        self._tasks = [asyncio.create_task(self._repeat(turn, seconds)) for turn, seconds in turns]

    async def stop(self) -> None:
        """Let what is under way end, and another process take over."""
        self._stopping.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for last in (self._finish, self._notifier.leave, self._close):
            try:
                await last()
            except AWAY as error:
                logger.warning("another process takes over in a minute and sends what was cut off: %s", error)

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(self._finish_seconds):
                await self._notifier.finish()
        except TimeoutError:
            logger.warning("what is under way takes too long and is cut off: it is sent again")

    async def ended(self) -> str:
        """Wait until one of the tasks has failed and return why."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        return "; ".join(repr(task.exception()) for task in done)

    async def _watch(self) -> None:
        await self._look()
        await self._notifier.look()

    async def _send(self) -> None:
        while await self._notifier.send() and not self._stopping.is_set():
            pass

    async def _read_policy(self) -> None:
        self._look_at_policy()

    async def _repeat(self, turn: Callable[[], Awaitable[None]], seconds: float) -> None:
        while not self._stopping.is_set():
            wait = seconds
            try:
                await turn()
            except AWAY as error:
                logger.warning("asked again in a moment: %s", error)
                wait = RETRY_SECONDS
            try:
                await asyncio.wait_for(self._stopping.wait(), wait)
            except TimeoutError:
                continue
