"""How every Kafka client of ours connects and writes: one set of safe settings, one way to await acknowledgements."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

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
    """Send records and return partition and offset of each once all are acknowledged. Raises KafkaError."""
    acknowledgements = [
        await producer.send(
            record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
        )
        for record in records
    ]
    return [(stored.partition, stored.offset) for stored in await asyncio.gather(*acknowledgements)]


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
