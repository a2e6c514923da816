"""Hospitals send with clients of their own: librdkafka and the CloudEvents SDK, in each mode, under any key.

One intake on a real Kafka takes all of it once; each test looks at what one way of sending came to.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from cloudevents.core.bindings import kafka as sdk
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.http import CloudEvent as OldCloudEvent
from cloudevents.v1.kafka import to_binary as old_binary
from cloudevents.v1.kafka import to_structured as old_structured
from confluent_kafka import Producer

from stream.worker.names import DEADLETTERS, FACTS, INBOX
from stream.worker.partition import partition_of
from stream.worker.transport import TransportOptions, read_topic
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.servers.kafka import Kafka
from tests.unit.engine.events import ENGINE

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

STRUCTURED = {"content-type": b"application/cloudevents+json"}
BATCH = {"content-type": b"application/cloudevents-batch+json"}
NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
EACH = 6
"""Events in each way, all of one patient."""


class Message(NamedTuple):
    """A record as a client sends it."""

    value: bytes
    key: bytes | str | None = None
    headers: Mapping[str, bytes] | None = None


Event = dict[str, Any]


def event(way: str, number: int) -> Event:
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": f"urn:{way}",
        "type": "dk.fristvagt.referral-received.v1",
        "subject": f"pw-{way}",
        "partitionkey": f"k1:{way}",
        "datacontenttype": "application/json",
        "time": "2026-02-02T09:00:00+01:00",
        "data": {"occurred_at": "2026-02-02T09:00:00+01:00", "purpose": "workup", "condition": "cancer"},
    }


def body(sent: Any) -> bytes:
    return json.dumps(sent).encode()


def binary(sent: Event, key: bytes | None = None) -> Message:
    attributes = {name: value for name, value in sent.items() if name not in {"data", "datacontenttype"}}
    headers = {f"ce_{name}": value.encode() for name, value in attributes.items()}
    return Message(body(sent["data"]), key, headers | {"content-type": b"application/json"})


def by_sdk(write: Callable[..., Any]) -> Callable[[Event], Message]:
    def message(sent: Event) -> Message:
        attributes = {name: value for name, value in sent.items() if name != "data"}
        attributes["time"] = datetime.fromisoformat(sent["time"])
        written = write(CloudEvent(attributes, sent["data"]))
        return Message(written.value, written.key, written.headers)

    return message


def by_old_sdk(write: Callable[..., Any]) -> Callable[[Event], Message]:
    def message(sent: Event) -> Message:
        attributes = {name: value for name, value in sent.items() if name != "data"}
        written = write(OldCloudEvent(attributes, sent["data"]))
        return Message(written.value, written.key, written.headers)

    return message


WAYS: dict[str, Callable[[Event], Message]] = {
    "plain": lambda sent: Message(body(sent)),
    "structured": lambda sent: Message(body(sent), None, STRUCTURED),
    "patients-key": lambda sent: Message(body(sent), sent["partitionkey"], STRUCTURED),
    "foreign-key": lambda sent: Message(body(sent), b"order\xff" + sent["id"].encode(), STRUCTURED),
    "binary": binary,
    "binary-foreign-key": lambda sent: binary(sent, b"7"),
    "batch": lambda sent: Message(body([sent, sent]), None, BATCH),
    "sdk-structured": by_sdk(sdk.to_structured_event),
    "sdk-binary": by_sdk(sdk.to_binary_event),
    "old-sdk-structured": by_old_sdk(old_structured),
}
KEY_ONLY = "old-sdk-binary"
"""The SDK before version 2 sends partitionkey as the record's key alone."""
EVERYTHING = WAYS | {KEY_ONLY: by_old_sdk(old_binary)}


class Came(NamedTuple):
    """What intake wrote: facts with key and partition, and dead letters; and where in the inbox the events lay."""

    facts: list[tuple[int, bytes | None, Event]]
    letters: list[Event]
    inbox: list[tuple[int, bytes | None]]


def send(bootstrap: str) -> None:
    """Send everything with librdkafka and its default partitioner."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "sticky.partitioning.linger.ms": 0, "enable.idempotence": True}
    )
    for number in range(EACH):
        for way, message in EVERYTHING.items():
            value, key, headers = message(event(way, number))
            producer.produce(INBOX, value, key=key, headers=list((headers or {}).items()))
    assert producer.flush(60) == 0


async def run(folder: Path, bootstrap: str) -> Came:
    options = TransportOptions(url=f"kafka://{bootstrap}", replication=1, commit_interval=0.1, end_interval=0.1)
    async with Stack(folder, ManualClock(NOON), ENGINE, intake=True, transport=options) as stack:
        await asyncio.to_thread(send, bootstrap)
        await stack.settle()
    facts = [
        (partition, record.key, msgspec.json.decode(record.value))
        async for partition, record in read_topic(options, FACTS)
    ]
    letters = [msgspec.json.decode(record.value) async for _, record in read_topic(options, DEADLETTERS)]
    inbox = [(partition, record.key) async for partition, record in read_topic(options, INBOX)]
    return Came(facts, letters, inbox)


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Came]:
    broker = Kafka(tmp_path_factory.mktemp("clients"))
    broker.start()
    yield asyncio.run(run(tmp_path_factory.mktemp("stack"), broker.bootstrap))
    broker.kill()


@pytest.mark.parametrize("way", WAYS)
def test_what_a_client_sends_is_taken_as_it_was_meant(came: Came, way: str) -> None:
    told = {fact["id"]: fact for _, _, fact in came.facts if fact["source"] == f"urn:{way}"}
    wanted = {str(number): event(way, number) for number in range(EACH)}
    names = ("type", "subject", "partitionkey", "data")
    assert told.keys() == wanted.keys()
    assert all(told[name][each] == wanted[name][each] for name in wanted for each in names)


@pytest.mark.parametrize("way", WAYS)
def test_a_patients_facts_are_in_the_patients_partition_wherever_the_client_put_them(came: Came, way: str) -> None:
    key = f"k1:{way}".encode()
    places = {(partition, sent_under) for partition, sent_under, fact in came.facts if fact["source"] == f"urn:{way}"}
    assert places == {(partition_of(key, PARTITIONS), key)}


def test_clients_of_no_key_and_of_other_keys_spread_a_patient_over_the_inbox(came: Came) -> None:
    foreign = {partition for partition, key in came.inbox if key is not None and key.startswith(b"order")}
    assert len(foreign) > 1


def test_an_event_whose_patient_is_nothing_but_the_records_key_is_refused_with_what_to_do(came: Came) -> None:
    told = {(letter["source"], letter["reason"], letter["field"]) for letter in came.letters}
    assert told == {(f"urn:{KEY_ONLY}", "no_identity", "partitionkey")}
    assert len(came.letters) == EACH
