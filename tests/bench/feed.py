"""The simulated country as records of a topic, in any number.

One simulation is made, and multiplied under other pseudonyms: a copy of a patient is another patient.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from confluent_kafka import Producer
from prometheus_client import CollectorRegistry

from stream.clock import FixedClock
from stream.simulate import line, simulate
from stream.worker.intake import Intake, Raw
from stream.worker.metrics import IntakeMetrics, dead_letter_counter
from stream.worker.names import FACTS, INBOX
from stream.worker.partition import partition_of
from stream.worker.transport import TransportOptions
from tests.bench.broker import PARTITIONS, bootstrap

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
"""The present of every benchmark: a feed ends here."""
SEED = 1
PREFIX = b"k1:"
"""What every simulated pseudonym begins with."""
SUBJECT, SUBJECT_LENGTH = b'"subject":"', 36
"""Where an event names its pathway. The length tells two copies apart as long as there are fewer than 1000."""
EVENTS_A_PATHWAY = 8.7
BASE = 20_000
"""Pathways that are simulated; more are copies."""


class Sent(NamedTuple):
    """What lies in a topic now."""

    events: int
    pathways: int
    patients: int


@dataclass(frozen=True)
class Feed:
    """The feed of `pathways` pathways (about) that began in the `days` before AT; `region` keeps one region's."""

    pathways: int
    days: int = 180
    region: str | None = None

    @property
    def copies(self) -> int:
        return max(1, round(self.pathways / BASE))

    def simulated(self) -> Iterator[dict[str, Any]]:
        """The events of one copy, in order of `time`."""
        start = AT.date() - timedelta(days=self.days)
        number = round(self.pathways / self.copies)
        yield from _until(simulate(number, SEED, start, AT.date()), AT)

    def inbox(self) -> Iterator[tuple[bytes, bytes]]:
        """Patient and event as a hospital sends it, in order of `time`."""
        ours: set[str] = set()
        for event in self.simulated():
            if self.region is None or _belongs(event, self.region, ours):
                yield from self._multiplied(event["partitionkey"].encode(), line(event).encode())

    def facts(self) -> Iterator[tuple[bytes, bytes]]:
        """Patient and event as intake keeps it, in order of `time`."""
        registry = CollectorRegistry()
        metrics = IntakeMetrics(registry, dead_letter_counter(registry))
        intake = Intake(FixedClock(AT), PARTITIONS, metrics)
        for event in self.simulated():
            for result in intake.take(Raw(line(event).encode())):
                for output in result.outputs:
                    if output.topic == FACTS and output.key is not None:
                        yield from self._multiplied(output.key, output.value)

    def _multiplied(self, patient: bytes, value: bytes) -> Iterator[tuple[bytes, bytes]]:
        for copy in range(1, self.copies + 1):
            prefix, name = b"k%d:" % copy, b'"s%dp' % copy
            yield patient.replace(PREFIX, prefix), value.replace(PREFIX, prefix).replace(b'"s1p', name)


def _until(events: Iterable[dict[str, Any]], at: datetime) -> Iterator[dict[str, Any]]:
    for event in events:
        if datetime.fromisoformat(event["time"]) > at:
            return
        yield event


def _belongs(event: dict[str, Any], region: str, ours: set[str]) -> bool:
    """A patient belongs to the region of residence of the first referral."""
    if event["data"].get("residence") == region:
        ours.add(event["partitionkey"])
    return event["partitionkey"] in ours


def five_years(pathways: int, region: str) -> Feed:
    """Five years of one region's history; `pathways` is the number in the whole country."""
    return Feed(pathways, days=(AT.date() - date(AT.year - 5, AT.month, AT.day)).days, region=region)


def send(options: TransportOptions, topic: str, records: Iterable[tuple[bytes, bytes]]) -> Sent:
    """Write records to the partitions of their patients; in the inbox they have no key, as a hospital's may not."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap(options),
            "linger.ms": 20,
            "queue.buffering.max.messages": 500_000,
            "acks": "all",
        }
    )
    patients: set[bytes] = set()
    pathways: set[bytes] = set()
    events = 0
    for patient, value in records:
        key = None if topic == INBOX else patient
        while True:
            try:
                producer.produce(topic, value, key, partition_of(patient, PARTITIONS))
                break
            except BufferError:
                producer.poll(0.1)
        events += 1
        pathways.add(value.partition(SUBJECT)[2][:SUBJECT_LENGTH])
        patients.add(patient)
        if not events % 1000:
            producer.poll(0)
    producer.flush()
    return Sent(events, len(pathways), len(patients))
