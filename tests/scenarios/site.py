"""What is played on: real stream, real notifier, real database, mail server and webhook; only the clock is set."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import Gauge

from alerts.delivery.channels import Channel, Sent
from alerts.delivery.message import Message
from alerts.notifier.policies import Policies
from alerts.policy.file import PolicyFile
from alerts.policy.mistakes import PolicyError
from alerts.records.database import Database
from deploy.notifying.channels import channels
from deploy.rules import working_day
from deploy.settings import Settings
from stream.clock import WallClock
from stream.engine import Engine
from stream.law.fact import COPENHAGEN
from stream.worker.names import ALERTS
from stream.worker.transport import TransportOptions, read_topic
from tests.embedded.stack import ManualClock, Stack
from tests.notifier.house import House
from tests.scenarios.ends import Ends
from tests.scenarios.language import Told
from tests.scenarios.matching import Sent as Arrived
from tests.unit.engine.events import ENGINE
from tests.unit.law.build import moment

POLICIES = Path(__file__).with_name("policies")
UNVERIFIED_AFTER = 0.4
"""Seconds, on the wall, for which a warning waits for an intake that stands still."""


@dataclass
class Noting:
    """A channel that notes what the one behind it has taken, and at which moment of the law that was."""

    inner: Channel
    now: Callable[[], datetime]
    taken: list[tuple[datetime, Message]] = field(default_factory=list)

    async def send(self, message: Message) -> Sent:
        sent = await self.inner.send(message)
        self.taken.append((self.now(), message))
        return sent


@dataclass
class Site:
    """Worker and notifier over one folder. `transport` is the embedded log unless another is given.

    `patients` are by the ids of their alerts. With `intake` there is one, which can stand still.
    """

    folder: Path
    database: Database
    ends: Ends
    transport: TransportOptions | None = None
    patients: dict[str, str] = field(default_factory=dict)
    started: int = 0
    intake: bool = False

    def __post_init__(self) -> None:
        self.clock = ManualClock(moment("2026-01-01"))
        self.policy = self.folder / "policy.toml"
        self._write("usual")
        self.settings = Settings(
            policy=self.policy,
            mail_server=self.ends.mail_server,
            mail_from="fristvagt@region.example",
            mail_security="plaintext",
        )
        wired = channels(self.settings, lambda: self.house.policies.rules.policy, WallClock().now)
        self.channel = Noting(wired, self.clock.now)

    async def start(self, at: datetime) -> None:
        """Begin as new processes do, with the policy file as it is."""
        self.started += 1
        self.next: dict[int, int] = {}
        self.clock.moment = at.astimezone(COPENHAGEN)
        self.file = PolicyFile(self.policy)
        engine = Engine(ENGINE.rulebook, ENGINE.units, self.file.current)
        policies = Policies(self.file, working_day(engine.calendar), Gauge("failed", "of the reload", registry=None))
        wait = {"unverified_after": UNVERIFIED_AFTER} if self.intake else {}
        self.stack = Stack(self.folder, self.clock, engine, None, self.intake, wait, self.transport)
        await self.stack.__aenter__()
        holder = f"process {self.started}"
        self.house = House(self.database, self.channel, holder=holder, law=at, wall=at, policies=policies)

    async def stop(self) -> None:
        """End as processes do that are asked to."""
        await self.house.notifier.leave()
        await self.stack.__aexit__(None, None, None)

    async def move(self, at: datetime) -> None:
        """Let time go by, from one moment at which a deadline is due to the next, and everything happen by the way."""
        while (due := self._next_due()) is not None and due < at:
            await self._set(due)
        await self._set(at)

    async def _set(self, at: datetime) -> None:
        self.clock.moment = self.house.law = self.house.wall = at
        await self.work()

    def _next_due(self) -> datetime | None:
        heaps = [partition.heap for partition in self.stack.watch.deadlines.partitions.values()]
        return min((due for heap in heaps for due in heap._armed.values()), default=None)

    async def work(self) -> None:
        """Let everything happen that there is to do at this moment."""
        if not self.stack.is_settled(time.monotonic()):
            await self.stack.settle()
        runs: dict[int, list[tuple[int, bytes | None]]] = {}
        async for partition, record in read_topic(self.stack.options, ALERTS):
            if record.offset >= self.next.get(partition, 0):
                runs.setdefault(partition, []).append((record.offset, record.value))
                self.next[partition] = record.offset + 1
                told = msgspec.json.decode(record.value or b"")
                self.patients[told["alert_id"]] = told["patient"]
        for partition, run in runs.items():
            await self.house.notifier.apply(partition, run)
        await self.house.work()

    async def ledger(self, patient: str) -> list[dict[str, Any]]:
        """Return a patient's records."""
        return [each for each in await self.stack.read(ALERTS) if each["patient"] == patient]

    def change_policy(self, name: str) -> PolicyError | None:
        """Change the policy file and let the notifier look at it; return why it cannot be used."""
        self._write(name)
        self.house.policies.look()
        return self.file.error

    def arrived(self) -> list[Arrived]:
        """Return what the notifier sent and the other ends have, one alert at a time."""
        return [each for at, message in self.channel.taken for each in self._told(at, message)]

    def _told(self, at: datetime, message: Message) -> list[Arrived]:
        to, language = message.recipient, self.ends.language(message)
        if not message.items:
            told = Told(to.name, message.about, None, channel=to.channel, language=language, address=to.address)
            return [Arrived(at, told)]
        return [
            Arrived(
                at,
                Told(
                    to.name,
                    item.what,
                    item.tier,
                    patient=self.patients[item.alert_id],
                    channel=to.channel,
                    alerts=len(message.items),
                    late=item.late,
                    unverified=item.unverified,
                    language=language,
                    address=to.address,
                ),
            )
            for item in message.items
        ]

    def _write(self, name: str) -> None:
        files = [POLICIES / f"{each}.toml" for each in dict.fromkeys(("usual", name))]
        text = "\n".join(each.read_text("utf-8") for each in files)
        self.policy.write_text(text.replace("WEBHOOK", self.ends.webhook), "utf-8")
