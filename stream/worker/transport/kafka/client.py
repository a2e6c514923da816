"""How every Kafka client of ours connects and writes: one set of safe settings, one way to await acknowledgements."""

import asyncio
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.worker.partition import partition_of
from stream.worker.transport.options import TransportOptions
from stream.worker.transport.producing import Outgoing

MAX_BATCH_BYTES = 256 * 1024
"""Records of a partition that travel together; a large batch keeps a run to a few round trips."""


def connection(options: TransportOptions) -> dict[str, Any]:
    """Return aiokafka's settings for servers, TLS and SASL."""
    sasl = options.sasl
    protocol = ("SASL_" if sasl else "") + ("SSL" if options.tls else "PLAINTEXT")
    settings: dict[str, Any] = {
        "bootstrap_servers": options.bootstrap,
        "security_protocol": protocol,
        "ssl_context": options.tls,
    }
    if sasl:
        settings |= {
            "sasl_mechanism": sasl.mechanism,
            "sasl_plain_username": sasl.username,
            "sasl_plain_password": sasl.password,
        }
    return settings


def safe_writing(options: TransportOptions) -> dict[str, Any]:
    """Return settings for aiokafka's producer: all in-sync copies acknowledge, a retry neither repeats nor reorders."""
    return {
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 0,
        "max_batch_size": MAX_BATCH_BYTES,
        "max_request_size": 2 * options.max_message_bytes,
        "request_timeout_ms": int(options.send_timeout * 1000),
    }


async def publish(producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> list[tuple[int, int]]:
    """Send records and return partition and offset of each once all are acknowledged. Raises KafkaError.

    Records of a partition travel together and keep their order: sent one by one, each costs a future and its turns of
    the event loop, which takes longer than to make the record.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for number, record in enumerate(records):
        groups.setdefault((record.topic, await _partition_of(producer, record)), []).append(number)
    batches: list[tuple[int, list[int]]] = []
    acknowledgements = []
    for (topic, partition), numbers in groups.items():
        for batch, held in _batches(producer, records, numbers):
            acknowledgements.append(await producer.send_batch(batch, topic, partition=partition))
            batches.append((partition, held))
    places = [(0, 0)] * len(records)
    for (partition, held), stored in zip(batches, await asyncio.gather(*acknowledgements), strict=True):
        for offset, number in enumerate(held, start=stored.offset):
            places[number] = (partition, offset)
    return places


async def _partition_of(producer: AIOKafkaProducer, record: Outgoing) -> int:
    """Return the record's partition: by its key if it names none, and without a key spread by its value."""
    if record.partition is not None:
        return record.partition
    count = len(await producer.partitions_for(record.topic))
    # partition_of remembers what it was asked, which is for keys: values are many and large.
    return partition_of(record.key, count) if record.key else zlib.crc32(record.value or b"") % count


def _batches(
    producer: AIOKafkaProducer, records: Sequence[Outgoing], numbers: Sequence[int]
) -> Iterator[tuple[BatchBuilder, list[int]]]:
    """Yield the numbered records of a partition in batches, each with the numbers that it holds."""
    batch, held = producer.create_batch(), list[int]()
    for number in numbers:
        if not _append(batch, records[number]):
            yield batch, held
            batch, held = producer.create_batch(), []
            _append(batch, records[number])  # an empty batch takes a record of any size
        held.append(number)
    yield batch, held


def _append(batch: BatchBuilder, record: Outgoing) -> bool:
    """Add a record to a batch; return False if the batch is full."""
    return batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers)) is not None


class KafkaWriter:
    """A producer on its own, without Faust."""

    def __init__(self, options: TransportOptions) -> None:
        self._options = options

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        producer = AIOKafkaProducer(**connection(self._options), **safe_writing(self._options))
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Disconnect."""
        await self._producer.stop()

    async def write(self, records: Sequence[Outgoing]) -> list[tuple[int, int]]:
        """Write records. Raises KafkaError."""
        return await publish(self._producer, records)
