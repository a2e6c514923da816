"""Events that each raise one alert at once, and the ledger records that answer them.

A referral that comes in with some delay: the duty to inform the patient is near its last day. Each has a patient of
its own, so every event has exactly one record to wait for.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition

from stream.clock import format_moment
from stream.worker.names import ALERTS
from stream.worker.partition import partition_of
from stream.worker.transport import TransportOptions
from tests.bench.broker import PARTITIONS, bootstrap
from tests.bench.feed import AT

SOURCE = "urn:fristvagt:bench"
REFERRED = AT - timedelta(days=10)
UNIT = "99441000016000"


def warning(number: int) -> tuple[bytes, bytes]:
    """Patient and event number `number`."""
    patient = f"w1:{number:032x}"
    event = {
        "specversion": "1.0",
        "id": str(number),
        "source": SOURCE,
        "type": "dk.fristvagt.referral-received.v1",
        "subject": f"w1:{number:032x}",
        "partitionkey": patient,
        "time": format_moment(AT - timedelta(seconds=1)),
        "data": {"occurred_at": format_moment(REFERRED), "unit": UNIT, "condition": "cancer", "package": "B01"},
    }
    return patient.encode(), msgspec.json.encode(event)


@dataclass
class Ledger:
    """Reads the ledger as it grows, in a thread, and notes when each event was answered (`perf_counter` seconds)."""

    seen: dict[int, float] = field(default_factory=dict)
    transitions: Counter[str] = field(default_factory=Counter)

    @property
    def repeats(self) -> int:
        """How many records were written again: readers drop them by their id."""
        return self.transitions.total() - len(self.transitions)

    def reading(self, options: TransportOptions) -> AbstractContextManager[None]:
        """Read to the end of the block."""
        return reading_ledger(options, self._note)

    def _note(self, record: dict[str, Any]) -> None:
        fact = record["cause"].get("fact")
        if fact is not None and fact["source"] == SOURCE:
            self.transitions[record["transition_id"]] += 1
            self.seen.setdefault(int(fact["id"]), time.perf_counter())


def reading_ledger(options: TransportOptions, note: Callable[[dict[str, Any]], None]) -> AbstractContextManager[None]:
    """Hand over each record of the ledger as it comes, in a thread, to the end of the block."""
    return _in_thread(lambda stop: _read(options, note, stop))


def _read(options: TransportOptions, note: Callable[[dict[str, Any]], None], stop: threading.Event) -> None:
    settings = {"bootstrap.servers": bootstrap(options), "group.id": "bench", "enable.auto.commit": False}
    consumer = Consumer({**settings, "fetch.wait.max.ms": 10})
    consumer.assign([TopicPartition(ALERTS, number, 0) for number in range(PARTITIONS)])
    while not stop.is_set():
        record = consumer.poll(0.05)
        if record is not None and record.error() is None:
            note(msgspec.json.decode(record.value() or b""))
    consumer.close()


@dataclass
class Sending:
    """Sends events at an even pace to a topic, in a thread or not, and notes when each was sent."""

    options: TransportOptions
    topic: str
    per_second: float
    sent: dict[int, float] = field(default_factory=dict)

    def run(self, stop: threading.Event, count: int | None = None) -> None:
        """Send until told to stop, or `count` events."""
        producer = Producer({"bootstrap.servers": bootstrap(self.options), "linger.ms": 0, "acks": "all"})
        began = time.perf_counter()
        number = 0
        while not stop.is_set() and number != count:
            patient, event = warning(number)
            time.sleep(max(0.0, began + number / self.per_second - time.perf_counter()))
            self.sent[number] = time.perf_counter()
            producer.produce(self.topic, event, patient, partition_of(patient, PARTITIONS))
            producer.poll(0)
            number += 1
        producer.flush()

    def going_on(self) -> AbstractContextManager[None]:
        """Send to the end of the block."""
        return _in_thread(self.run)


@contextmanager
def _in_thread(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let `work` run beside the block, and tell it to stop at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_for_all(sending: Sending, ledger: Ledger, seconds: float = 60) -> int:
    """Wait until every event was answered, or for so long; return how many are missing."""
    end = time.monotonic() + seconds
    while (missing := len(sending.sent.keys() - ledger.seen.keys())) and time.monotonic() < end:
        time.sleep(0.1)
    return missing
