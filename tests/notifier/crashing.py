"""A notifier that is ended hard at one of its steps. Run as a script: it forks, so that each try is a process.

    python -m tests.notifier.crashing FOLDER PORT

For every step there is a database of its own in FOLDER: a notifier that is killed (SIGKILL) just there, and another
one that goes on. A line of JSON tells of each try: the step, how the first ended, and how the second did.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from alerts.delivery.channels import Sent
from alerts.delivery.links import Page
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.delivery.message import Message
from alerts.records.database import Database, open_database
from tests.notifier.house import House, record

NEVER: Final = 0

Step = Callable[[str], None]


class Deadly:
    """A database whose transactions pass named steps."""

    def __init__(self, inner: Database, step: Step) -> None:
        self._inner = inner
        self._step = step

    @contextmanager
    def begin(self) -> Iterator[Any]:
        self._step("before a transaction")
        with self._inner.begin() as connection:
            yield connection
            self._step("before a commit")
        self._step("after a commit")


class DeadlyChannel:
    """Real mail, with steps before and after."""

    def __init__(self, port: int, step: Step) -> None:
        page = Page("http://127.0.0.1:8000")
        self._inner = MailChannel(
            MailSettings("127.0.0.1", port, "fristvagt@region.example", page, "plaintext", allow_plaintext=True)
        )
        self._step = step

    async def send(self, message: Message) -> Sent:
        self._step("before sending")
        sent = await self._inner.send(message)
        self._step("after sending")
        return sent


def records(name: str) -> list[dict[str, Any]]:
    """The same ledger in each process: an alert nobody takes care of, and one that is over before it is told."""
    mine, gone = f"{name}-held", f"{name}-over"
    return [
        record("raised", "refer", alert=mine) | {"transition_id": f"{mine}-1"},
        record("raised", "refer", alert=gone) | {"transition_id": f"{gone}-1"},
        record("closed", None, alert=gone, frm="refer") | {"transition_id": f"{gone}-2"},
    ]


def live(folder: Path, port: int, name: str, deadly_at: int, late: float) -> None:
    """Live through the story once. Ends this process at a step."""
    passed = 0

    def step(what: str) -> None:
        nonlocal passed
        passed += 1
        if passed == deadly_at:
            (folder / f"{name}.step").write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)

    database = open_database(f"sqlite:///{folder}/{name}.db")
    database.migrate()
    house = House(Deadly(database, step), DeadlyChannel(port, step), holder=f"{os.getpid()}")  # type: ignore[arg-type]
    asyncio.run(_story(house, name, late))
    (folder / f"{name}.passed").write_text(str(passed))


async def _story(house: House, name: str, late: float) -> None:
    house.law += timedelta(seconds=late)
    house.wall += timedelta(seconds=late)
    await house.hear(*records(name))
    await house.work()
    await house.after(hours=3)


def forked(work: Callable[[], None]) -> int:
    """Do it in a process of its own; return its exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the parent is told by the code
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path, port: int) -> None:
    """Find how many steps there are, then die at each."""
    forked(lambda: live(folder, port, "whole", NEVER, 0.0))
    for number in range(1, int((folder / "whole.passed").read_text()) + 1):
        name = f"try{number}"
        first = forked(lambda: live(folder, port, name, number, 0.0))  # noqa: B023 - called at once
        second = forked(lambda: live(folder, port, name, NEVER, 61.0))  # noqa: B023 - called at once
        step = (folder / f"{name}.step").read_text()
        sys.stdout.write(json.dumps({"name": name, "step": step, "first": first, "second": second}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
