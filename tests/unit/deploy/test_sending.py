"""A sender that fails tells it, and is replaced as soon as that is possible."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from deploy import sending
from deploy.sending import SenderPart
from stream.worker.transport import Outgoing, RecordTooLargeError, SendError, TransportOptions

RECORDS = [Outgoing("t", b"k", b"v")]
AWAY = SendError("the broker is away")


class Fake:
    """A sender whose broker is as the test says. One that has failed fails for ever."""

    broker: Exception | None = None
    stopped: list["Fake"]

    def __init__(self, _options: TransportOptions) -> None:
        self.broken: Exception | None = None

    async def start(self) -> None:
        if Fake.broker is not None:
            raise Fake.broker

    async def stop(self) -> None:
        Fake.stopped.append(self)

    async def send_many(self, _records: Sequence[Outgoing]) -> list[Any]:
        self.broken = self.broken or Fake.broker
        if self.broken is not None:
            raise self.broken
        return []


@pytest.fixture
async def part(monkeypatch) -> SenderPart:
    monkeypatch.setattr(sending, "Sender", Fake)
    Fake.broker, Fake.stopped = None, []
    made = SenderPart(TransportOptions(url="kafka://nowhere:1"), retry_seconds=0.01)
    await made.start()
    return made


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


async def fail(part: SenderPart, error: Exception = AWAY) -> None:
    Fake.broker = error
    with pytest.raises(type(error)):
        await part.send(RECORDS)


async def test_a_sender_that_works_is_alive_and_ready(part: SenderPart) -> None:
    await part.send(RECORDS)
    assert (part.dead(), part.not_ready()) == ([], [])


async def test_while_the_log_is_away_the_process_is_not_ready_but_alive(part: SenderPart) -> None:
    await fail(part)
    await asyncio.sleep(0.05)
    assert (part.dead(), part.not_ready()) == ([], ["sender: the event log cannot be reached"])
    await part.stop()


async def test_a_sender_that_failed_is_replaced_when_the_log_is_back(part: SenderPart) -> None:
    failed = part._sender
    await fail(part)
    Fake.broker = None
    await until(lambda: part.not_ready() == [])
    await part.send(RECORDS)
    assert Fake.stopped == [failed]


async def test_what_is_too_large_says_nothing_of_the_sender(part: SenderPart) -> None:
    await fail(part, RecordTooLargeError("too large"))
    assert part.not_ready() == []


async def test_a_sender_that_cannot_be_replaced_ends_the_process(part: SenderPart) -> None:
    await fail(part)
    Fake.broker = RuntimeError("no memory")
    assert await asyncio.wait_for(part.ended(), 2) == "sender: it failed and could not be replaced"
    assert part.dead() == part.not_ready() != []


async def test_a_stop_does_not_wait_for_a_broker_that_never_answers(part: SenderPart, monkeypatch) -> None:
    monkeypatch.setattr(sending, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(Fake, "stop", lambda _: asyncio.Event().wait())
    await asyncio.wait_for(part.stop(), 2)
    assert part._mending is None
