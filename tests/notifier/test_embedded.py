"""The whole way in one process: an event in the inbox, a mail at a real server, and what staff do about it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from deploy.notifying.room import notifier_room
from deploy.rooms import Embedded, Rooms
from deploy.settings import Settings
from deploy.supervise import Part
from stream.worker.names import ACTIONS, ALERTS, INBOX
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TransportOptions, read_topic
from tests.embedded.stack import ManualClock
from tests.notifier.house import until
from tests.servers.mail import Mailbox, mail_server
from tests.unit.alerts.notifier.situations import PEOPLE

pytestmark = pytest.mark.slow

FRIDAY = datetime(2026, 2, 13, 9, 0, tzinfo=UTC)
"""One staffed day is left: the region is told at once."""
PARTITIONS = 2
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "urn:test",
    "type": "dk.fristvagt.referral-received.v1",
    "subject": "pw1",
    "partitionkey": "pt1",
    "time": "2026-02-02T08:00:00Z",
    "data": {"occurred_at": "2026-02-02T08:00:00Z", "purpose": "workup", "condition": "cancer"},
}


class Site:
    """Intake, watch and notifier over one folder."""

    def __init__(self, folder: Path, port: int) -> None:
        policy = folder / "policy.toml"
        policy.write_text(PEOPLE, "utf-8")
        self.clock = ManualClock(FRIDAY)
        self.options = TransportOptions(url=f"embedded:{folder}/log", replication=1, synchronous="normal")
        self.settings = Settings(
            data_dir=folder,
            policy=policy,
            partitions=PARTITIONS,
            mail_server=f"127.0.0.1:{port}",
            mail_from="fristvagt@region.example",
            mail_security="plaintext",
        )

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        async with self.without_intake() as intake, running(intake):
            yield

    @asynccontextmanager
    async def without_intake(self) -> AsyncIterator[Part]:
        """Run all but intake, which is given."""
        rooms = Rooms(self.settings, self.clock, Embedded(self.options, Redis()))
        found = notifier_room(rooms)
        async with running(found.before, found.room.part, found.after, rooms.watch().part):
            yield rooms.intake().part

    async def send(self, topic: str, *messages: dict[str, Any], patient: str | None = None) -> None:
        key = None if patient is None else patient.encode()
        place = 0 if key is None else partition_of(key, PARTITIONS)
        kind = (("content-type", b"application/cloudevents+json"),)
        async with Sender(self.options) as sender:
            await sender.send_many([Outgoing(topic, key, msgspec.json.encode(each), place, kind) for each in messages])

    async def ledger(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(each.value) async for _, each in read_topic(self.options, ALERTS) if each.value]


@asynccontextmanager
async def running(*parts: Part) -> AsyncIterator[None]:
    for part in parts:
        await part.start()
    try:
        yield
    finally:
        for part in reversed(parts):
            await part.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def site(tmp_path: Path, mailbox: Mailbox) -> Iterator[Site]:
    with mail_server(mailbox) as port:
        yield Site(tmp_path, port)


def receivers(mailbox: Mailbox) -> list[str]:
    return sorted(str(mail["To"]) for mail in mailbox.mails())


LEAD, WATCHMAN = "lead@ward.example", "watchman@region.example"
"""The work-up is told to the region; the duty to inform, whose deadline has passed, to the lead and the region."""


async def test_an_event_becomes_a_mail_and_nobody_acknowledging_the_next_one(site: Site, mailbox: Mailbox) -> None:
    async with site.up():
        await site.send(INBOX, EVENT)
        await until(lambda: receivers(mailbox) == [LEAD, WATCHMAN, WATCHMAN])
        site.clock.moment += timedelta(hours=1, minutes=1)
        await until(lambda: len(mailbox.taken) > 3)
    assert receivers(mailbox) == [LEAD, LEAD, WATCHMAN, WATCHMAN]


def of(number: int, kind: str, **data: str) -> dict[str, Any]:
    """Return an event of a patient of its own, registered as `EVENT` was."""
    who = {"id": f"{kind}-{number}", "subject": f"pw{number}", "partitionkey": f"pt{number}"}
    return EVENT | who | {"type": f"dk.fristvagt.{kind}.v1", "data": EVENT["data"] | data}


async def test_after_an_outage_nobody_is_told_of_what_is_over_by_now(
    site: Site, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "deploy.notifying.backlog")
    patients = range(2, 3000)
    referred = [of(number, "referral-received") for number in patients]
    taken_back = [of(number, "fact-retracted", event=f"referral-received-{number}") for number in patients]
    async with site.without_intake() as intake:
        await site.send(INBOX, *referred, EVENT, *taken_back)
        await until(lambda: "records wait to be judged" in caplog.text)
        async with running(intake):
            await until(lambda: bool(mailbox.taken), seconds=200)
            await asyncio.sleep(2)
        clocks = {each["clock_id"]: each["patient"] for each in await site.ledger()}
    text = "".join(mail.get_body(("plain",)).get_content() for mail in mailbox.mails())
    assert len(set(clocks.values())) == 2999
    assert {patient for clock, patient in clocks.items() if clock in text} == {"pt1"}


async def test_an_alert_that_is_acknowledged_is_not_handed_over_also_after_a_restart(
    site: Site, mailbox: Mailbox
) -> None:
    async with site.up():
        await site.send(INBOX, EVENT)
        await until(lambda: len(mailbox.taken) == 3)
        for raised in await site.ledger():
            command = {"kind": "acknowledge", "command_id": raised["alert_id"], "actor": "nurse"}
            about = {"at": "2026-02-13T09:00:00Z", "patient": "pt1", "alert_id": raised["alert_id"]}
            await site.send(ACTIONS, command | about, patient="pt1")
        while len(await site.ledger()) < 4:  # noqa: ASYNC110 - nothing tells when the ledger is written
            await asyncio.sleep(0.05)
    site.clock.moment += timedelta(hours=2)
    async with site.up():
        await asyncio.sleep(4)
    assert receivers(mailbox) == [LEAD, WATCHMAN, WATCHMAN]
    assert [each["kind"] for each in await site.ledger()] == ["raised", "raised", "acknowledged", "acknowledged"]
