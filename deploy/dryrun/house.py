"""The real notifier over a database that is thrown away, with one clock for law and wall, and ears instead of a log."""

import logging
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy import event

from alerts.delivery.channels import Channel, Sent
from alerts.delivery.message import Message
from alerts.notifier.metrics import NotifierMetrics
from alerts.notifier.notifier import Notifier, Outside
from alerts.notifier.planner import Rules
from alerts.records.database import Database
from alerts.records.engines import make_engine, read_url
from deploy.dryrun.due import next_moment, ripe
from deploy.dryrun.listening import Listening
from deploy.dryrun.sent import Outcome
from deploy.notifying.naming import RuleNames
from stream.clock import EPOCH

LOGS: Final = ("alerts.notifier", "alerts.records")


class Nowhere:
    """A channel that takes every message and sends none."""

    async def send(self, message: Message) -> Sent:  # noqa: ARG002 - nothing of it goes anywhere
        """Take it."""
        return Sent("dry run")


class Fixed:
    """Rules that do not change while a run lasts."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def look(self) -> None:
        """Read nothing again."""


class House:
    """A notifier whose time is `now` (aware), which only its user moves."""

    def __init__(self, database: Database, rules: Rules, names: RuleNames, channel: Channel) -> None:
        self.now = EPOCH
        self.outcome = Outcome()
        self._database = database
        self._offset = 0
        reporter = Listening(NotifierMetrics.create(CollectorRegistry()), self.outcome, self._law)
        policies: Any = Fixed(rules)
        self._notifier = Notifier(self._outside(names, channel), policies, reporter, lambda: True, _at_once)

    async def hear(self, records: Sequence[dict[str, Any]]) -> None:
        """Take records of the ledger, as a run of its topic."""
        run = [(self._offset + place, msgspec.json.encode(record)) for place, record in enumerate(records)]
        self._offset += len(run)
        await self._notifier.apply(0, run)

    async def work(self) -> None:
        """Look once, and send all that is due."""
        await self._notifier.look()
        while await self._notifier.send():
            await self._notifier.finish()

    async def is_ripe(self) -> bool:
        """Say whether there is anything to do now."""
        return await self._database.transact(lambda connection: ripe(connection, self.now))

    async def next_moment(self) -> datetime | None:
        """Return when there is something to do next, given that all of now is done; None: never."""
        return await self._database.transact(lambda connection: next_moment(connection, self.now))

    def _law(self) -> datetime:
        return self.now

    def _outside(self, names: RuleNames, channel: Channel) -> Outside:
        return Outside(
            database=self._database,
            channel=channel,
            names=names,
            now=self._law,
            wall=self._law,
            lot=lambda: 0.5,
            salt=lambda: secrets.token_hex(16),
            holder="dry-run",
        )


@contextmanager
def throwaway() -> Iterator[Database]:
    """Give a database with the tables of this version, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="fristvagt-dry-run-") as folder:
        url = f"sqlite:///{Path(folder) / 'records.db'}"
        engine = make_engine(read_url(url))
        event.listen(engine, "connect", _without_waiting)
        database = Database(engine, url)
        database.migrate()
        try:
            yield database
        finally:
            database.close()


@contextmanager
def silence() -> Iterator[None]:
    """Keep what a run does from the log: it is no news of operations."""
    loggers = [logging.getLogger(name) for name in LOGS]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)


def _at_once(now: datetime) -> datetime:
    """Return up to when what was planned may be told: nothing else is under way."""
    return now


def _without_waiting(raw: Any, _: Any) -> None:
    """Let no write wait for the disk: what a power cut loses is not missed."""
    raw.execute("PRAGMA synchronous = OFF")
