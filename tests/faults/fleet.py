"""The processes of a deployment, started again whenever they end, as an orchestrator does. Faults happen to them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self

import httpx

from tests.servers.loopback import free_port


@dataclass
class Member:
    """A process of a kind, with the settings in which it differs from the others."""

    name: str
    kind: str
    settings: dict[str, str]
    words: list[str]
    process: subprocess.Popen[bytes] | None = None
    codes: list[int] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Fleet:
    """Some members with common settings. Enter it to start them; at the end they are killed."""

    def __init__(self, folder: Path, clock: Path, settings: dict[str, str], chance: Random) -> None:
        self.folder = folder
        self.members: dict[str, Member] = {}
        self._clock = clock
        self._settings = settings
        self._chance = chance
        self._keeper: asyncio.Task[None] | None = None

    def add(self, name: str, kind: str, words: str | None = None, **settings: str) -> None:
        """Add a process. `words` are its arguments, if not its kind."""
        own = settings | {"health_port": str(free_port())}
        self.members[name] = Member(name, kind, own, (words or kind).split())

    def of_kind(self, kind: str) -> list[Member]:
        return [member for member in self.members.values() if member.kind == kind]

    def run(self, *words: str) -> None:
        """Run a command of `fristvagt` to its end."""
        done = subprocess.run(
            self._command(*words), env=self._environ({}), timeout=120, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    async def __aenter__(self) -> Self:
        for member in self.members.values():
            self.start(member)
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        for member in self.members.values():
            if member.process is not None and member.alive:
                member.process.kill()
                await asyncio.to_thread(member.process.wait)

    def start(self, member: Member) -> None:
        with (self.folder / f"{member.name}.log").open("ab") as log:
            member.process = subprocess.Popen(
                self._command(*member.words), env=self._environ(member.settings), stdout=log, stderr=subprocess.STDOUT
            )

    async def signal(self, member: Member, number: signal.Signals) -> None:
        """Send a signal, once there is a process to send it to."""
        async with asyncio.timeout(60):
            while member.process is None or not member.alive:  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.05)
        member.process.send_signal(number)

    async def ended(self, member: Member, since: int, seconds: float = 60) -> None:
        """Wait until the member has ended once more than `since` times."""
        async with asyncio.timeout(seconds):
            while len(member.codes) <= since:  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.1)

    async def ready(self, member: Member, seconds: float) -> None:
        """Wait until the member says that it is up to date, or until the time is over."""
        until = time.monotonic() + seconds
        async with httpx.AsyncClient() as client:
            while time.monotonic() < until:
                with suppress(httpx.TransportError):
                    answer = await client.get(f"http://127.0.0.1:{member.settings['health_port']}/readyz")
                    if answer.status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.25)

    def codes(self) -> Counter[tuple[str, int]]:
        """How often members of each kind ended with which code."""
        return Counter((member.kind, code) for member in self.members.values() for code in member.codes)

    async def _keep(self) -> None:
        while True:
            for member in self.members.values():
                if member.process is not None and (code := member.process.poll()) is not None:
                    member.codes.append(code)
                    member.process = None
                    await asyncio.sleep(self._chance.uniform(0, 0.5))
                    self.start(member)
            await asyncio.sleep(0.1)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.faults.steered", *words]

    def _environ(self, settings: dict[str, str]) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.upper().startswith("FRISTVAGT_")}
        ours = {f"FRISTVAGT_{name.upper()}": value for name, value in (self._settings | settings).items()}
        return bare | ours | {"FAULTS_CLOCK": str(self._clock)}
