"""A notifier over a real database, with clocks that a test sets and a channel that notes what leaves."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from alerts.delivery.channels import Channel, Sent
from alerts.delivery.message import Message
from alerts.ledger import transition_id_of
from alerts.notifier.metrics import NotifierMetrics
from alerts.notifier.notifier import Notifier, Outside
from alerts.notifier.reporting import Reporter
from alerts.recipients import Language
from alerts.records.database import Database
from tests.unit.alerts.notifier.situations import MONDAY, PEOPLE, rules


@dataclass
class Post:
    """A channel that takes what it is given, or raises what it is told to for a recipient."""

    sent: list[Message] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    before: Callable[[Message], None] = lambda _: None

    async def send(self, message: Message) -> Sent:
        self.before(message)
        if failure := self.failures.get(message.recipient.name):
            raise failure
        self.sent.append(message)
        return Sent("taken")


class Names:
    """Names that say what they are of."""

    def right(self, right: str, language: Language) -> str:
        return f"{right} ({language})"

    def unit(self, unit: str | None, language: Language) -> str:
        return "" if unit is None else f"Ward {unit}"


class Held:
    """The rules in force, which a test may change."""

    def __init__(self, policy: str) -> None:
        self.rules = rules(policy)


@dataclass
class House:
    """One notifier. `law` and `wall` stand still unless a test moves them."""

    database: Database
    channel: Channel = field(default_factory=Post)
    policy: str = PEOPLE
    holder: str = "one"
    law: datetime = MONDAY
    wall: datetime = MONDAY
    caught_up: bool = True
    backlog: timedelta = timedelta(0)
    """How long what is planned waits, since the stream works off much."""
    lot: float = 0.5
    policies: Any = None

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        self.policies = self.policies or Held(self.policy)
        self.offset = 0
        outside = Outside(
            self.database,
            self.channel,
            Names(),
            lambda: self.law,
            lambda: self.wall,
            lambda: self.lot,
            lambda: secrets.token_hex(16),
            self.holder,
        )
        reporter = Reporter(NotifierMetrics.create(self.registry))
        self.notifier = Notifier(outside, self.policies, reporter, lambda: self.caught_up, self._told_upto)

    def _told_upto(self, now: datetime) -> datetime:
        return now - self.backlog

    def has(self, policy: str) -> None:
        """Change the policy."""
        self.policies.rules = rules(policy)

    async def hear(self, *records: Mapping[str, Any]) -> None:
        """Take records of the ledger, as a run of the topic."""
        run = [(self.offset + place, msgspec.json.encode(record)) for place, record in enumerate(records)]
        self.offset += len(run)
        await self.notifier.apply(0, run)

    async def work(self) -> None:
        """Look once and send all that is due."""
        await self.notifier.look()
        while await self.notifier.send():
            await self.notifier.finish()

    async def after(self, **span: float) -> None:
        """Let time go by, on both clocks, and work."""
        self.law += timedelta(**span)
        self.wall += timedelta(**span)
        await self.work()

    def rows(self, query: str) -> list[Any]:
        with self.database.begin() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"fristvagt_{name}", labels) or 0.0

    @property
    def mail(self) -> list[tuple[str, str, str | None]]:
        """What was sent: to whom, what and the tier, item by item."""
        assert isinstance(self.channel, Post)
        return [(each.recipient.name, item.what, item.tier) for each in self.channel.sent for item in each.items]


def record(kind: str, to: str | None, *, alert: str = "a1", frm: str | None = None, **more: Any) -> dict[str, Any]:
    """A record of the ledger; each has a cause of its own."""
    record.count += 1  # type: ignore[attr-defined]
    cause = {"fact": {"source": "urn:test", "id": str(record.count)}}  # type: ignore[attr-defined]
    values: dict[str, Any] = {
        "transition_id": transition_id_of(alert, kind, to, cause),  # type: ignore[arg-type]
        "alert_id": alert,
        "clock_id": f"clock-{alert}",
        "patient": "pt1",
        "pathway": "pw1",
        "right": "cancer.workup",
        "line": 1,
        "unit": "u1",
        "region": "r1",
        "kind": kind,
        "from": frm,
        "to": to,
        "reason": "staffed_days_left",
        "at": "2026-02-02T09:00:00Z",
        "due": None,
        "late": False,
        "unverified": False,
        "cause": cause,
        "actor": None,
        "rulebook": "1",
        "policy": "1",
    }
    return values | more


record.count = 0  # type: ignore[attr-defined]


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for what goes on beside the test."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)


def post(house: House) -> Post:
    """Return the channel of a house that was given no other."""
    assert isinstance(house.channel, Post)
    return house.channel


def lead(house: House) -> list[tuple[str, str | None]]:
    """What the lead was sent; the next role was told meanwhile."""
    return [(what, tier) for name, what, tier in house.mail if name == "lead"]


async def told_nothing(house: House, failure: Exception) -> None:
    """Let the lead's notice die of a failure that is over then."""
    post(house).failures["lead"] = failure
    await house.hear(record("raised", "act"))
    await house.work()
    await house.work()
    assert house.metric("notifier_dead_notices") == 1
    post(house).failures.clear()
