"""Reading Kafka topics without a group."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.worker.transport.errors import TopicError
from stream.worker.transport.kafka.admin import describe
from stream.worker.transport.kafka.client import connection
from stream.worker.transport.kafka.diagnosis import refusal
from stream.worker.transport.kafka.records import to_record
from stream.worker.transport.options import TransportOptions
from stream.worker.transport.runs import Record


@asynccontextmanager
async def _consumer(options: TransportOptions) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        **connection(options),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=int(options.request_timeout * 1000),
    )
    try:
        await consumer.start()
        yield consumer
    except KafkaError as error:
        raise await refusal(options, error) from error
    finally:
        await consumer.stop()


async def end_offsets(options: TransportOptions, topic: str) -> dict[int, int]:
    """Return the end of each partition. Raises TopicError, TransportError."""
    async with _consumer(options) as consumer:
        return {tp.partition: end for tp, end in (await _ends(options, consumer, topic)).items()}


async def read_batches(
    options: TransportOptions, topic: str, partition: int | None, start: int, end: int | None
) -> AsyncGenerator[tuple[int, list[Record]], None]:
    """Iterate over records as they come from the brokers. Raises TopicError, TransportError."""
    async with _consumer(options) as consumer:
        ends = {
            tp: known if end is None else min(end, known)
            for tp, known in (await _ends(options, consumer, topic)).items()
            if partition in (None, tp.partition)
        }
        left = {tp for tp, stop in ends.items() if stop > start}
        consumer.assign(list(left))
        for tp in left:
            consumer.seek(tp, start)
        while left:
            for tp, found in (await consumer.getmany(*left, timeout_ms=1000)).items():
                yield tp.partition, [to_record(record) for record in found if record.offset < ends[tp]]
            left = {tp for tp in left if await consumer.position(tp) < ends[tp]}


async def _ends(options: TransportOptions, consumer: Any, topic: str) -> dict[TopicPartition, int]:
    found = (await describe(options, [topic])).get(topic)
    if found is None:
        raise TopicError(f"there is no topic {topic} on this Kafka")
    ends: dict[TopicPartition, int] = await consumer.end_offsets(
        [TopicPartition(topic, p) for p in range(found.partitions)]
    )
    return ends
