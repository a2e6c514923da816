"""A dry run: the ledger of a feed, played into a notifier from moment to moment."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from alerts.delivery.channels import Channel
from alerts.notifier.planner import Rules
from deploy.dryrun.department import Department
from deploy.dryrun.house import House, Nowhere, silence, throwaway
from deploy.dryrun.sent import Outcome
from deploy.notifying.naming import RuleNames
from deploy.rules import calendar_for, working_day
from stream.engine import Engine
from stream.replay import History, Line

Moved = Callable[[datetime], None]
"""Told the law's moment (aware) that a run has come to."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is played: by whose rules, until when (aware), and how soon people act (working minutes; None: never)."""

    engine: Engine
    until: datetime
    acknowledged_after: float | None = None


def dry_run(
    order: Order, lines: Iterable[Line], on_moved: Moved = lambda _: None, channel: Channel | None = None
) -> Outcome:
    """Play events in the order of their recording, and return what people would have been sent.

    The policy is the engine's. The ledger's daily head is left out. Every message goes to `channel`; left out: nowhere.
    """
    records = History(order.engine).play(lines, order.until)
    with silence(), throwaway() as database:
        house = House(
            database, _rules(order.engine), RuleNames(order.engine.rulebook, order.engine.units), channel or Nowhere()
        )
        asyncio.run(_Run(house, _department(order), on_moved).play(records, order.until))
        return house.outcome


def _rules(engine: Engine) -> Rules:
    policy = replace(engine.policy, heads=())
    return Rules.of(policy, working_day(calendar_for(engine.rulebook, None)))


def _department(order: Order) -> Department:
    return Department(_rules(order.engine).times, order.acknowledged_after)


@dataclass(slots=True)
class _Run:
    house: House
    department: Department
    on_moved: Moved
    read: int = 0

    async def play(self, records: Iterable[dict[str, Any]], until: datetime) -> None:
        """Take the records, each moment's together, and all that falls due between them."""
        for text, together in groupby(records, key=itemgetter("at")):
            moment = datetime.fromisoformat(text)
            await self._go_on(moment)
            self._move(moment)
            await self._take(list(together))
        await self._go_on(until)

    async def _go_on(self, until: datetime) -> None:
        """Do what falls due before a moment."""
        while (moment := await self._next()) is not None and moment < until:
            self._move(moment)
            await self._take(self.department.acknowledged(moment))

    async def _next(self) -> datetime | None:
        found = [await self.house.next_moment(), self.department.next_moment]
        return min((each for each in found if each is not None), default=None)

    async def _take(self, records: Sequence[dict[str, Any]]) -> None:
        if records:
            self.department.hear(records)
            await self.house.hear(records)
        if await self.house.is_ripe():
            await self.house.work()
            sent = self.house.outcome.sent
            self.department.read(sent[self.read :])
            self.read = len(sent)

    def _move(self, moment: datetime) -> None:
        self.house.now = moment
        self.on_moved(moment)
