"""What must be the same before and after a change of the partition count, and what must be where."""

from collections import defaultdict
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis

from deploy.doctor import topics_of
from deploy.repartition import MOVED, Move
from deploy.settings import Settings
from stream.row import Row
from stream.worker.names import ACTIONS, FACTS, ROWS
from stream.worker.partition import partition_of
from stream.worker.quarantine import patient_of
from stream.worker.transport import TransportOptions, end_offsets, read_topic
from stream.worker.transport.kafka import moving


class Content(NamedTuple):
    """Records by topic and key in their order, without their places; rows without what names a place."""

    records: dict[tuple[str, bytes], list[Any]]
    rows: dict[bytes, Any]


def settings(kafka: str, partitions: int) -> Settings:
    return Settings(transport="kafka", kafka_brokers=kafka, partitions=partitions, replication=1)


def move(options: TransportOptions, partitions: int, redis: Redis) -> Move:
    """The move that `fristvagt repartition` makes with this setting."""
    specs = {spec.name: spec for spec in topics_of(settings(options.bootstrap[0], partitions))}
    return Move(options, specs, redis, lambda _: None)


async def content(options: TransportOptions) -> Content:
    """All that must be the same."""
    records: dict[tuple[str, bytes], list[Any]] = defaultdict(list)
    rows: dict[bytes, Any] = {}
    for topic in MOVED:
        async for _, record in read_topic(options, topic):
            key = record.key or b""
            if topic == ROWS and patient_of(key) is None and record.value:
                row = Row.decode(record.value)
                rows[key] = msgspec.structs.replace(row, partition=-1, applied={})
            else:
                records[topic, key].append((record.value, record.headers, record.timestamp))
    return Content(dict(records), rows)


async def misplaced(options: TransportOptions, partitions: int) -> list[str]:
    """What does not lie where its key says, or says that it stands elsewhere than at the end of what was applied."""
    found = []
    ends = {topic: await end_offsets(options, topic) for topic in (FACTS, ACTIONS)}
    for topic in MOVED:
        async for number, record in read_topic(options, topic):
            key = record.key or b""
            if partition_of(patient_of(key) or key, partitions) != number:
                found.append(f"{topic}-{number}-{record.offset}")
            if topic == ROWS and patient_of(key) is None and record.value:
                row = Row.decode(record.value)
                if row.partition != number or row.applied != {name: each[number] for name, each in ends.items()}:
                    found.append(f"the row in {topic}-{number}-{record.offset}")
    committed = await moving.group_offsets(options, "fristvagt-watch")
    return found + [
        f"{topic}-{number} is committed at {committed.get((topic, number))}"
        for topic, each in ends.items()
        for number, end in each.items()
        if committed.get((topic, number)) != end
    ]
