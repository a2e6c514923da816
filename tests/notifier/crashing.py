"""A notifier that is ended hard at one of its steps. Run as a script: it forks, so that each try is a process.

    python -m tests.notifier.crashing FOLDER MAIL_PORT [POSTGRES_PORT]

For every step there is a database of its own, in FOLDER: a notifier that is killed (SIGKILL) just there, and another
one that goes on. With a PostgreSQL they are there, and of all steps of one kind only the last is tried. A line of JSON
tells of each try: the step and the transaction that it is of, how the first ended, and how the second did.
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

from sqlalchemy import event

from alerts.delivery.channels import Sent
from alerts.delivery.links import Page
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.delivery.message import Message
from alerts.records.database import Database, open_database
from tests.notifier.house import House, record
from tests.servers.postgres import PASSWORD, USER, connect
from tests.unit.alerts.notifier.situations import PEOPLE

NEVER: Final = 0

STEPS: Final = {
    "INSERT INTO ledger_entries": 1,
    "INSERT INTO notices": 2,
    "INSERT INTO messages": 3,
    "INSERT INTO deliveries": 4,
    "UPDATE deliveries": 5,
}
"""The numbers of the transactions in deploy/docs/notifier.md, by the first of these that they write."""

OTHER: Final = 0
"""Any other transaction that writes, and what is none."""

NOBODYS: Final = "nobody@ward.example"
"""The address of the lead, until the policy is mended: the mail server has to refuse it."""

Step = Callable[[str, int], None]


class Deadly(Database):
    """The same database, whose transactions pass named steps if they write: any other leaves things as they were."""

    def __init__(self, inner: Database, step: Step) -> None:
        vars(self).update(vars(inner))
        self._step = step

    @contextmanager
    def begin(self) -> Iterator[Any]:
        with super().begin() as connection:
            written: list[str] = []

            def note(*execution: Any) -> None:
                if not execution[2].startswith("SELECT"):
                    written.append(execution[2])

            event.listen(connection, "before_cursor_execute", note)
            yield connection
            numbers = (number for text in written for start, number in STEPS.items() if text.startswith(start))
            number = next(numbers, OTHER)
            if written:
                self._step("before a commit", number)
        if written:
            self._step("after a commit", number)


class DeadlyChannel:
    """Real mail, with steps before and after."""

    def __init__(self, port: int, step: Step) -> None:
        page = Page("http://127.0.0.1:8000")
        self._inner = MailChannel(
            MailSettings("127.0.0.1", port, "fristvagt@region.example", page, "plaintext", allow_plaintext=True)
        )
        self._step = step

    async def send(self, message: Message) -> Sent:
        self._step("before sending", OTHER)
        sent = await self._inner.send(message)
        self._step("after sending", OTHER)
        return sent


def records(name: str) -> list[dict[str, Any]]:
    """The same ledger in each process.

    An alert of which somebody is told at an address that nobody has, one nobody takes care of, and one that is over
    before it is told.
    """
    mine, gone, moved = f"{name}-held", f"{name}-over", f"{name}-moved"
    return [
        record("raised", "act", alert=moved) | {"transition_id": f"{moved}-1"},
        record("raised", "refer", alert=mine) | {"transition_id": f"{mine}-1"},
        record("raised", "refer", alert=gone) | {"transition_id": f"{gone}-1"},
        record("closed", None, alert=gone, frm="refer") | {"transition_id": f"{gone}-2"},
    ]


class Place:
    """Where the databases are: a file each, or a PostgreSQL."""

    def __init__(self, folder: Path, postgres_port: int | None) -> None:
        self.folder = folder
        self._port = postgres_port

    def make(self, name: str) -> None:
        """Make an empty database."""
        if self._port is not None:
            with connect(self._port, "postgres") as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())

    def open(self, name: str) -> Database:
        if self._port is None:
            return open_database(f"sqlite:///{self.folder}/{name}.db")
        return open_database(f"postgresql+psycopg://127.0.0.1:{self._port}/{name}", username=USER, password=PASSWORD)

    def chosen(self, passed: list[list[Any]]) -> list[int]:
        """Return the numbers, from 1, of the steps to be killed at."""
        if self._port is None:
            return list(range(1, len(passed) + 1))
        last = {tuple(each): number for number, each in enumerate(passed, start=1)}
        return sorted(number for (step, of), number in last.items() if of != OTHER or step.endswith("sending"))


def live(place: Place, port: int, name: str, deadly_at: int, late: float) -> None:
    """Live through the story once. Ends this process at a step."""
    passed: list[tuple[str, int]] = []

    def step(what: str, number: int) -> None:
        passed.append((what, number))
        if len(passed) == deadly_at:
            (place.folder / f"{name}.step").write_text(json.dumps(passed[-1]))
            os.kill(os.getpid(), signal.SIGKILL)

    database = place.open(name)
    database.migrate()
    house = House(Deadly(database, step), DeadlyChannel(port, step), holder=f"{os.getpid()}")  # type: ignore[arg-type]
    mended = place.folder / f"{name}.mended"

    def mend() -> None:
        mended.touch()  # the policy stays mended, whichever process reads it
        house.has(PEOPLE)

    if not mended.exists():
        house.has(PEOPLE.replace("lead@ward.example", NOBODYS))
    asyncio.run(_story(house, name, mend, late))
    (place.folder / f"{name}.passed").write_text(json.dumps(passed))


async def _story(house: House, name: str, mend: Callable[[], None], late: float) -> None:
    house.law += timedelta(seconds=late)
    house.wall += timedelta(seconds=late)
    moved, *others = records(name)
    await house.hear(moved)
    await house.work()
    await house.after(seconds=1)
    mend()
    await house.after(seconds=1)
    await house.hear(*others)
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


def main(place: Place, port: int) -> None:
    """Find which steps there are, then die at each that is chosen."""
    place.make("whole")
    forked(lambda: live(place, port, "whole", NEVER, 0.0))
    for number in place.chosen(json.loads((place.folder / "whole.passed").read_text())):
        name = f"try{number}"
        place.make(name)
        first = forked(lambda: live(place, port, name, number, 0.0))  # noqa: B023 - called at once
        second = forked(lambda: live(place, port, name, NEVER, 61.0))  # noqa: B023 - called at once
        step, of = json.loads((place.folder / f"{name}.step").read_text())
        found = {"name": name, "step": step, "transaction": of, "first": first, "second": second}
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Place(Path(sys.argv[1]), int(sys.argv[3]) if len(sys.argv) > 3 else None), int(sys.argv[2]))
