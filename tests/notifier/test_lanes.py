"""A server that takes connections and says nothing delays what goes to it, and nothing else."""

import asyncio
import re
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from threading import Event
from typing import Any

import pytest

from alerts.delivery.channels import Channels, Sent
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.delivery.message import Message
from alerts.delivery.webhook import Hook, WebhookChannel, WebhookSettings
from alerts.notifier.lanes import SLOTS
from alerts.records.database import Database
from alerts.records.errors import DatabaseLostError
from deploy.notifying.parts import SendingPart
from stream.clock import WallClock
from tests.notifier.house import House, Post, record, until
from tests.servers.mail import Mailbox, mail_server, talking
from tests.servers.receiver import Receiver
from tests.unit.alerts.delivery.made import PAGE
from tests.unit.alerts.notifier.situations import PEOPLE

HANGS_SECONDS = 600.0
"""Longer than any of these tests may last: what hangs does so to its end."""

ALERTS = SLOTS + 4
"""More than may be under way to what hangs."""

KEYS = Hook((b64encode(bytes(32)).decode(),), allow_private=True)

Build = Callable[..., House]


def silent() -> AbstractAsyncContextManager[int]:
    """A server that takes every connection and never says a word."""
    return talking(lambda *_: asyncio.sleep(HANGS_SECONDS))


def policy(*told: str, **hooks: str) -> str:
    """Return a policy with webhooks (addresses by name), in which these recipients are told of an escalate."""
    lines = [f'{name} = {{ webhook = "{url}", secret = "K", allow_private = true }}' for name, url in hooks.items()]
    people = re.sub(r"(?m)^keeper", "\n".join([*lines, "keeper"]), PEOPLE)
    return people.replace('to = ["watchman"]', f"to = {list(told)}")


def channels(mail_port: int, mail_host: str = "127.0.0.1") -> Channels:
    plain = {"security": "plaintext", "allow_plaintext": True, "timeout_seconds": HANGS_SECONDS}
    mail = MailChannel(MailSettings(mail_host, mail_port, "us@region.example", PAGE, **plain))  # type: ignore[arg-type]
    hooks = WebhookSettings(PAGE, lambda _: KEYS, timeout_seconds=HANGS_SECONDS)
    return Channels({"mail": mail, "webhook": WebhookChannel(hooks, WallClock().now)})


class Losing(Database):
    """The same database, which can be lost."""

    def __init__(self, inner: Database) -> None:
        vars(self).update(vars(inner))
        self.lost = False

    def lose(self) -> None:
        self.lost = True

    @contextmanager
    def begin(self) -> Iterator[Any]:
        if self.lost:
            raise DatabaseLostError("away")
        with super().begin() as connection:
            yield connection


async def send_until(house: House, holds: Callable[[], bool]) -> None:
    """Go on as the process does until something holds."""
    async with asyncio.timeout(60):
        while not holds():
            await house.notifier.send()
            await asyncio.sleep(0.02)


def attempts(house: House, recipient: str) -> dict[str | None, int]:
    """How many attempts there were to tell somebody, by what came of them: None while they are under way."""
    joined = "deliveries JOIN messages USING (message_id)"
    query = f"SELECT outcome, count(*) FROM {joined} WHERE recipient = '{recipient}' GROUP BY outcome"
    return dict(house.rows(query))


async def test_a_webhook_that_hangs_keeps_neither_mail_nor_another_webhook_waiting(houses: Build) -> None:
    mailbox, receiver = Mailbox(), Receiver()
    with mail_server(mailbox) as mail_port:
        async with receiver.open(), silent() as hung_port:
            hooks = {"hung": f"http://localhost:{hung_port}/", "hook": f"http://127.0.0.1:{receiver.port}/"}
            house = houses(channel=channels(mail_port), policy=policy("hung", "watchman", "hook", **hooks))
            await _others_are_told(house, "watchman", "hook")
            assert (len(mailbox.taken), len(receiver.requests)) == (ALERTS, ALERTS)
        await house.notifier.finish()
    assert attempts(house, "hung") == {"temporary": SLOTS}


async def test_a_mail_server_that_hangs_keeps_no_webhook_waiting(houses: Build) -> None:
    receiver = Receiver()
    async with receiver.open(), silent() as hung_port:
        hooks = {"hook": f"http://127.0.0.1:{receiver.port}/"}
        house = houses(channel=channels(hung_port), policy=policy("watchman", "hook", **hooks))
        await _others_are_told(house, "hook", hung="watchman")
        assert len(receiver.requests) == ALERTS
    await house.notifier.finish()


async def test_a_name_server_that_hangs_keeps_only_those_waiting_whose_names_it_knows(
    houses: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, goes_on, look_up = Mailbox(), Event(), socket.getaddrinfo

    def hanging(host: Any, *more: Any, **named: Any) -> Any:
        if str(host).endswith(".example"):
            goes_on.wait(HANGS_SECONDS)
            raise socket.gaierror(socket.EAI_AGAIN, "the name server says nothing")
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    names = {name: f"https://{name}.example/" for name in ("north", "south", "east")}
    with mail_server(mailbox) as mail_port:
        wired = channels(mail_port, "localhost")
        house = houses(channel=wired, policy=policy(*names, "watchman", **names))
        part = sending(house, finish_seconds=1)
        await house.hear(*(record("raised", "escalate", alert=f"a{number}") for number in range(ALERTS)))
        await part.start()
        try:
            await until(lambda: attempts(house, "watchman") == {"sent": ALERTS})
            assert [attempts(house, name) for name in names] == [{None: SLOTS}] * len(names)
        finally:
            goes_on.set()
            await part.stop()
        await house.notifier.finish()
    assert len(mailbox.taken) == ALERTS


async def _others_are_told(house: House, *others: str, hung: str = "hung") -> None:
    """See that the others were told of every alert while all attempts that may hang do so."""
    await house.hear(*(record("raised", "escalate", alert=f"a{number}") for number in range(ALERTS)))
    await house.notifier.look()
    await send_until(house, lambda: all(attempts(house, each) == {"sent": ALERTS} for each in others))
    await send_until(house, lambda: attempts(house, hung) == {None: SLOTS})


async def test_in_a_lane_the_most_urgent_is_begun_first_and_no_more_than_have_room(house: House) -> None:
    await house.hear(*(record("raised", "act", alert=f"a{number}") for number in range(ALERTS)))
    await house.hear(record("raised", "escalate", alert="last"))
    await house.notifier.look()
    assert await house.notifier.send() == SLOTS
    await house.notifier.finish()
    assert ("watchman", "raised", "escalate") in house.mail
    assert len(house.mail) == SLOTS


async def test_a_database_lost_under_an_attempt_is_told_and_the_message_comes_again(database: Database) -> None:
    losing = Losing(database)
    house = House(losing)
    assert isinstance(house.channel, Post)
    house.channel.before = lambda _: losing.lose()
    await house.hear(record("raised", "act"))
    await house.notifier.look()
    await house.notifier.send()
    with pytest.raises(DatabaseLostError):
        await house.notifier.finish()
    losing.lost, house.channel.before = False, lambda _: None
    await house.work()
    assert house.mail == [("lead", "raised", "act")] * 2


class Slow:
    """A channel that takes a message and answers when it is let."""

    def __init__(self) -> None:
        self.has, self.may = asyncio.Event(), asyncio.Event()

    async def send(self, _: Message) -> Sent:
        self.has.set()
        await self.may.wait()
        return Sent("taken")


async def _nothing() -> None:
    pass


def sending(house: House, finish_seconds: float) -> SendingPart:
    return SendingPart(
        house.notifier, look=_nothing, look_at_policy=lambda: None, close=_nothing, finish_seconds=finish_seconds
    )


async def test_a_process_that_stops_waits_not_for_ever_before_it_gives_its_turn_away(houses: Build) -> None:
    slow = Slow()
    house, other = houses(channel=slow), houses(holder="other")
    part = sending(house, finish_seconds=1)
    await house.hear(record("raised", "act"))
    await part.start()
    await slow.has.wait()
    await part.stop()
    await other.notifier.look()
    assert (attempts(house, "lead"), other.metric("notifier_turn")) == ({None: 1}, 1)
    slow.may.set()
    await house.notifier.finish()


async def test_a_message_under_way_is_not_begun_again_when_its_recipient_moves_to_another_server(houses: Build) -> None:
    slow = Slow()
    house = houses(channel=slow)
    await house.hear(record("raised", "act"))
    await house.notifier.look()
    assert await house.notifier.send() == 1
    house.has(PEOPLE.replace('mail = "lead@ward.example"', 'webhook = "https://lead.example/", secret = "lead"'))
    assert await house.notifier.send() == 0
    slow.may.set()
    await house.notifier.finish()
    assert attempts(house, "lead") == {"sent": 1}


async def test_attempts_that_end_badly_together_free_their_slots_together(database: Database) -> None:
    losing, slow = Losing(database), Slow()
    house = House(losing, channel=slow)
    await house.hear(*(record("raised", "act", alert=f"a{number}") for number in range(3)))
    await house.notifier.look()
    await send_until(house, lambda: attempts(house, "lead") == {None: 3})
    losing.lose()
    slow.may.set()
    with pytest.raises(DatabaseLostError, match="away"):
        await house.notifier.finish()
    losing.lost = False
    assert await house.notifier.send() == 3
    await house.notifier.finish()
    assert attempts(house, "lead") == {None: 3, "sent": 3}


async def test_a_process_that_stops_waits_for_what_is_under_way_and_gives_its_turn_away(houses: Build) -> None:
    slow = Slow()
    house = houses(channel=slow)
    part = sending(house, finish_seconds=60)
    await house.hear(record("raised", "act"))
    await part.start()
    await slow.has.wait()
    stopping = asyncio.create_task(part.stop())
    await asyncio.sleep(1)
    assert attempts(house, "lead") == {None: 1}
    slow.may.set()
    await stopping
    assert attempts(house, "lead") == {"sent": 1}
    other = houses(holder="other")
    await other.notifier.look()
    assert other.metric("notifier_turn") == 1
