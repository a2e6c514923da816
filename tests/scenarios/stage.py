"""Plays a scenario: real stream, real notifier, real database and mail server; only the clock is set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts.delivery.channels import Channel, Sent
from alerts.delivery.message import Message
from alerts.records.database import Database
from stream.law.fact import COPENHAGEN
from stream.worker.names import ALERTS
from stream.worker.transport import TransportOptions, read_topic
from tests.embedded.stack import ManualClock, Stack
from tests.notifier.house import House
from tests.scenarios.language import Step, Told
from tests.scenarios.matching import Sent as Arrived
from tests.servers.mail import Mailbox
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.law.build import moment

POLICY = Path(__file__).with_name("policy.toml").read_text("utf-8")
PATIENT = "pt-1"
WORDS: dict[str, Any] = {"true": True, "false": False}


@dataclass
class Noting:
    """A channel that notes what the one behind it has taken, and at which moment of the law that was."""

    inner: Channel
    now: Callable[[], datetime]
    taken: list[Arrived] = field(default_factory=list)

    async def send(self, message: Message) -> Sent:
        sent = await self.inner.send(message)
        told = (Told(message.recipient.name, item.what, item.tier) for item in message.items)
        self.taken += [Arrived(self.now(), each) for each in told]
        return sent


@dataclass
class Stage:
    """One patient, one deployment. `transport` is the embedded log unless another is given."""

    folder: Path
    database: Database
    mail: Channel
    mailbox: Mailbox
    transport: TransportOptions | None = None

    def __post_init__(self) -> None:
        self.clock = ManualClock(moment("2026-01-01"))
        self.channel = Noting(self.mail, self.clock.now)
        self.answers: list[str] = []
        self.wrong: list[str] = []
        self.started = 0

    async def play(self, steps: list[Step]) -> list[Arrived]:
        """Take all steps in order, and return what was sent."""
        await self._start(steps[0].at)
        try:
            for at in sorted({each for step in steps for each in (step.at, step.until)}):
                await self._move(at)
                for step in (each for each in steps if each.at == at and each.words[0] != "tell"):
                    await self._take(step)
                    await self._work()
        finally:
            await self.stack.__aexit__(None, None, None)
        return self.channel.taken

    async def _start(self, at: datetime) -> None:
        self.started += 1
        self.clock.moment = at.astimezone(COPENHAGEN)
        self.stack = Stack(self.folder, self.clock, ENGINE, transport=self.transport)
        await self.stack.__aenter__()
        self.house = House(self.database, self.channel, POLICY, f"process {self.started}", law=at, wall=at)

    async def _move(self, at: datetime) -> None:
        self.clock.moment = self.house.law = self.house.wall = at
        await self._work()

    async def _work(self) -> None:
        """Let everything happen that there is to do at this moment."""
        await self.stack.settle()
        runs: dict[int, list[tuple[int, bytes | None]]] = {}
        async for partition, record in read_topic(self.stack.options, ALERTS):
            runs.setdefault(partition, []).append((record.offset, record.value))
        for partition, run in runs.items():
            await self.house.notifier.apply(partition, run)
        await self.house.work()

    async def _take(self, step: Step) -> None:
        match step.words:
            case ("fact", name):
                await self._fact(step, name)
            case ("restart",):
                await self.stack.__aexit__(None, None, None)
                await self._start(step.at)
            case ("mail", "refuses"):
                self.mailbox.answers["MAIL"] = "451 4.3.0 later"
            case ("mail", "takes"):
                self.mailbox.answers.clear()
            case ("answer", *words):
                await self._expect(step, " ".join(words))
            case (actor, kind):
                await self._command(step, actor, kind)
            case _:
                raise ValueError(f"line {step.line}: nobody knows what to do")

    async def _fact(self, step: Step, name: str) -> None:
        on = f"{step.at.astimezone(COPENHAGEN):%Y-%m-%dT%H:%M}"
        fields = {key: WORDS.get(value, value) for key, value in step.fields.items()}
        await self.stack.facts(kept(event(name, on, patient=PATIENT, **fields)))

    async def _command(self, step: Step, actor: str, kind: str) -> None:
        ledger = await self.stack.read(ALERTS)
        alert = next(each["alert_id"] for each in reversed(ledger))
        fields = {key: moment(value).isoformat() if key == "until" else value for key, value in step.fields.items()}
        fields = {key: WORDS.get(value, value) for key, value in fields.items()}
        self.answers.append(f"line {step.line}")
        said = {"command_id": self.answers[-1], "kind": kind, "actor": actor, "at": step.at.isoformat()}
        await self.stack.commands(said | {"patient": PATIENT, "alert_id": alert} | fields)

    async def _expect(self, step: Step, words: str) -> None:
        found = [each for each in await self.stack.read(ALERTS) if each["cause"].get("command") == self.answers[-1]]
        told = [f"refused {each['reason']}" if each["kind"] == "refused" else "accepted" for each in found]
        if told != [words]:
            self.wrong.append(f"line {step.line}: the answer is {told}, not {words}")
