"""Plays a scenario on a site: takes its steps in order, and says which answers were others than those told of."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.commands import KINDS
from deploy.notifying.trying import try_route
from stream.law.fact import COPENHAGEN
from stream.worker.names import INBOX
from tests.scenarios.language import PATIENT, Step, Told
from tests.scenarios.matching import Sent
from tests.scenarios.site import Site
from tests.unit.engine.events import event, kept
from tests.unit.law.build import moment

WORDS: dict[str, Any] = {"true": True, "false": False}
BEFORE = timedelta(minutes=1)


@dataclass
class Stage:
    """A scenario that is being played. `wrong` are the answers that were not as told, a line each.

    `waits` says that what hospitals send lies in the inbox.
    """

    site: Site
    wrong: list[str] = field(default_factory=list)
    tests: list[Sent] = field(default_factory=list)
    waits: bool = False
    command: dict[str, Any] = field(default_factory=lambda: {"command_id": "", "patient": PATIENT})

    async def play(self, steps: list[Step]) -> list[Sent]:
        """Take all steps, and return what arrived."""
        self.site.intake = any(step.words[0] == "intake" for step in steps)
        await self.site.start(steps[0].at)
        try:
            for at in _moments(steps):
                await self.site.move(at)
                for step in (each for each in steps if each.at == at and each.words[0] != "tell"):
                    await self._do(step)
        finally:
            await self.site.stop()
        return [*self.tests, *self.site.arrived()]

    async def _do(self, step: Step) -> None:
        match step.words:
            case ("answer", *words):
                await self._expect(step, " ".join(words))
            case ("ledger", *words):
                await self._look(step, " ".join(words))
            case _:
                await self._take(step)
                await self.site.work()

    async def _take(self, step: Step) -> None:
        match step.words:
            case ("fact", name):
                await self._fact(step, name)
            case ("restart",):
                await self.site.stop()
                await self.site.start(step.until)
            case ("policy", name):
                self._policy(step, name, refused=False)
            case ("policy", name, "refused"):
                self._policy(step, name, refused=True)
            case ("mail" | "webhook" | "unreachable" | "intake" as what, how):
                await self._switch(what, how)
            case ("test", "route"):
                await self._test()
            case ("again",):
                await self._ask()
            case (actor, kind) if kind in KINDS:
                await self._command(step, actor, kind)
            case _:
                raise ValueError(f"line {step.line}: nobody knows what to do")

    async def _switch(self, what: str, how: str) -> None:
        match what, how:
            case "unreachable", name:
                self.site.ends.mailbox.unknown.add(self.site.file.current.contacts[name].recipient.address)
            case "intake", "stops":
                await self.site.stack.stop_intake()
                self.waits = True
            case "intake", "returns":
                await self.site.stack.start_intake()
                self.waits = False
            case end, "refuses" | "takes":
                self.site.ends.refuse(end, refuses=how == "refuses")
            case _:
                raise ValueError(f"{what} can do no such thing as {how}")

    def _policy(self, step: Step, name: str, *, refused: bool) -> None:
        error = self.site.change_policy(name)
        if refused != (error is not None):
            self.wrong.append(f"line {step.line}: the policy {name}: {error or 'is taken'}")

    async def _test(self) -> None:
        before = len(self.site.ends.mailbox.taken)
        assert all(each.good for each in await try_route(self.site.settings))
        name_of = {each.recipient.address: name for name, each in self.site.file.current.contacts.items()}
        for mail in self.site.ends.mailbox.mails()[before:]:
            told = Told(name_of[str(mail["To"])], "test", None, language=str(mail["Content-Language"]))
            self.tests.append(Sent(self.site.clock.now(), told))

    async def _fact(self, step: Step, name: str) -> None:
        fields = {key: WORDS.get(value, value) for key, value in step.fields.items()}
        recorded = f"{step.at.astimezone(COPENHAGEN):%Y-%m-%dT%H:%M}"
        patient = fields.pop("patient", PATIENT)
        own = {"patient": patient, "pathway": f"pathway of {patient}", "recorded": recorded}
        sent = event(name, fields.pop("happened", recorded), **own, **fields)
        if self.waits:
            await self.site.stack.send(INBOX, [sent])
        else:
            await self.site.stack.facts(kept(sent))
            await self.site.stack.settle()

    async def _command(self, step: Step, actor: str, kind: str) -> None:
        fields = {key: moment(value).isoformat() if key == "until" else value for key, value in step.fields.items()}
        fields = {key: WORDS.get(value, value) for key, value in fields.items()}
        patient = fields.get("patient", PATIENT)
        alert = next((each for each, of in self.site.patients.items() if of == patient), None)
        said = {"command_id": f"line {step.line}", "kind": kind, "actor": actor, "at": step.at.isoformat()}
        self.command = said | {"patient": patient, "alert_id": alert} | fields
        await self._ask()

    async def _ask(self) -> None:
        await self.site.stack.commands(self.command)
        await self.site.stack.settle()

    async def _expect(self, step: Step, words: str) -> None:
        ledger = await self.site.ledger(self.command["patient"])
        found = [each for each in ledger if each["cause"].get("command") == self.command["command_id"]]
        told = [f"refused {each['reason']}" if each["kind"] == "refused" else "accepted" for each in found]
        if told != [words]:
            self.wrong.append(f"line {step.line}: the answer is {told}, not {words}")

    async def _look(self, step: Step, words: str) -> None:
        alerts = int(step.fields.get("alerts", 1))
        last = (await self.site.ledger(step.fields.get("patient", PATIENT)))[-alerts:]
        told = [f"{each['kind']} {each['reason']}" for each in last]
        if set(told) != {words} or len({each["alert_id"] for each in last}) != alerts:
            self.wrong.append(f"line {step.line}: the ledger's last is {told}, not {words}")


def _moments(steps: list[Step]) -> list[datetime]:
    """Return when something may happen, and shortly before each window, so that nothing is sent too early unseen."""
    early = {step.at - BEFORE for step in steps if step.words[0] == "tell"}
    moments = early | {each for step in steps for each in (step.at, step.until)}
    away = [(step.at, step.until) for step in steps if step.words == ("restart",)]
    return sorted(
        each for each in moments if each >= steps[0].at and not any(gone < each < back for gone, back in away)
    )
