"""What an offline tool does to topics and groups on Kafka and no process of ours does: copy, empty, grow, commit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewPartitions
from aiokafka.errors import GroupIdNotFound, KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

from stream.worker.transport.errors import TopicError, TransportError
from stream.worker.transport.kafka.admin import administering, describe
from stream.worker.transport.kafka.client import connection, safe_writing
from stream.worker.transport.kafka.diagnosis import refusal
from stream.worker.transport.options import TransportOptions
from stream.worker.transport.reading import read_topic
from stream.worker.transport.runs import Record

_TOGETHER: Final = 2_000
"""Records written before their acknowledgements are awaited."""
_PATIENCE: Final = 30.0
"""Seconds that a deleted topic may take to be gone."""

Place = Callable[[int, Record], int]
"""From a record and the partition it lies in to the partition it goes to."""
Change = Callable[[int, Record], bytes | None]
"""From a record and the partition it goes to, to the value it has there."""


async def copy(options: TransportOptions, source: str, target: str, place: Place, change: Change) -> int:
    """Copy all records of a topic with keys, headers and times; return how many. Raises TransportError.

    Records of one partition stay in their order if they go to one partition.
    """
    producer = AIOKafkaProducer(**connection(options), **safe_writing(options))
    count, waiting = 0, list[Awaitable[Any]]()
    try:
        await producer.start()
        async for number, record in read_topic(options, source):
            to = place(number, record)
            waiting.append(
                await producer.send(
                    target,
                    change(to, record),
                    key=record.key,
                    partition=to,
                    timestamp_ms=round(record.timestamp * 1000),
                    headers=list(record.headers),
                )
            )
            count += 1
            if len(waiting) >= _TOGETHER:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    except KafkaError as error:
        raise await refusal(options, error) from error
    finally:
        await producer.stop()
    return count


async def delete(options: TransportOptions, names: Sequence[str]) -> None:
    """Delete those of the topics that are there, and return when they are gone. Raises TransportError."""
    async with administering(options) as admin:
        answer = await admin.delete_topics(list(names))
    for topic, code in answer.topic_error_codes:
        if code not in (0, UnknownTopicOrPartitionError.errno):
            raise TopicError(f"Kafka would not delete {topic}: {for_code(code).__name__}")
    try:
        async with asyncio.timeout(_PATIENCE):
            while await describe(options, names):  # noqa: ASYNC110 - Kafka tells nobody when a topic is gone
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise TopicError(
            f"{', '.join(names)} are not gone {_PATIENCE:.0f} s after they were deleted: try again"
        ) from error


async def grow(options: TransportOptions, name: str, partitions: int) -> None:
    """Give a topic more partitions, where its records stay where they are. Raises TransportError."""
    async with administering(options) as admin:
        await admin.create_partitions({name: NewPartitions(partitions)})


async def members(options: TransportOptions, group: str) -> int:
    """Return how many members a group has. Raises TransportError."""
    async with administering(options) as admin:
        [answer] = await admin.describe_consumer_groups([group])
    [(_, _, _, _, _, found, *_)] = answer.groups
    return len(found)


async def group_offsets(options: TransportOptions, group: str) -> dict[tuple[str, int], int]:
    """Return what a group has committed, by topic and partition. Raises TransportError."""
    async with administering(options) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return {(tp.topic, tp.partition): each.offset for tp, each in found.items() if each.offset >= 0}


async def delete_group(options: TransportOptions, group: str) -> None:
    """Forget what a group has committed. Raises TransportError, also when the group has members."""
    async with administering(options) as admin:
        coordinator = await admin.find_coordinator(group)
        answer = await admin._send_request(DeleteGroupsRequest([group]), coordinator)  # noqa: SLF001 - aiokafka has no call for it
    for name, code in answer.results:
        if code not in (0, GroupIdNotFound.errno):
            raise TransportError(f"Kafka would not delete the group {name}: {for_code(code).__name__}")


async def commit(options: TransportOptions, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
    """Say for a group without members where it goes on. Raises TransportError."""
    consumer = AIOKafkaConsumer(**connection(options), group_id=group, enable_auto_commit=False)
    places = {TopicPartition(*spot): offset for spot, offset in offsets.items()}
    try:
        await consumer.start()
        consumer.assign(list(places))
        await consumer.commit(places)
    except KafkaError as error:
        raise await refusal(options, error) from error
    finally:
        await consumer.stop()
