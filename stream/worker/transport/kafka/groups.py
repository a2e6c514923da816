"""How far a consumer group on Kafka has come, asked without joining it."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from stream.worker.transport.errors import TopicError, TransportError
from stream.worker.transport.kafka.admin import topics_of
from stream.worker.transport.kafka.client import connection
from stream.worker.transport.kafka.diagnosis import sentence
from stream.worker.transport.options import TransportOptions


class _Clients(NamedTuple):
    admin: Any
    reader: Any


class KafkaGroup:
    """A group on Kafka. Connections are kept between questions, and made anew after a failure."""

    def __init__(self, options: TransportOptions, group: str, topic: str) -> None:
        self._options = options
        self._group = group
        self._topic = topic
        self._clients: _Clients | None = None
        self._open = AsyncExitStack()

    async def ask(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Return the ends of the partitions and what is committed of them. Raises TransportError."""
        try:
            clients = self._clients = self._clients or await self._connect()
            places = await self._partitions(clients.admin)
            ends = await clients.reader.end_offsets(places)
            found = await clients.admin.list_consumer_group_offsets(self._group, partitions=places)
        except KafkaError as error:
            # What aiokafka says of a group that may not be asked for is a sentence, not its name.
            barred = isinstance(error, GroupAuthorizationFailedError)
            told = sentence(GroupAuthorizationFailedError(self._group) if barred else error)
            raise TransportError(f"{self._options.url}: {told}") from error
        except (OSError, AttributeError) as error:  # AttributeError: aiokafka's way with some errors
            raise TransportError(f"{self._options.url}: {error!r}. Is Kafka running, and may this user ask?") from error
        if found.keys() < set(places):  # a coordinator that is being loaded says nothing of any
            raise TransportError(f"{self._options.url}: the group {self._group} is not told of yet. Try again")
        committed = {tp.partition: place.offset for tp, place in found.items() if place.offset >= 0}
        return {tp.partition: end for tp, end in ends.items()}, committed

    async def close(self) -> None:
        """Disconnect. Raises TransportError."""
        self._clients = None
        try:
            await self._open.aclose()
        except (KafkaError, OSError) as error:
            raise TransportError(f"{self._options.url}: {error!r}") from error

    async def _connect(self) -> _Clients:
        timeout = int(self._options.send_timeout * 1000)
        admin = AIOKafkaAdminClient(**connection(self._options), request_timeout_ms=timeout)
        self._open.push_async_callback(admin.close)
        await admin.start()
        reader = AIOKafkaConsumer(**connection(self._options), enable_auto_commit=False, request_timeout_ms=timeout)
        self._open.push_async_callback(reader.stop)
        await reader.start()
        return _Clients(admin, reader)

    async def _partitions(self, admin: Any) -> list[TopicPartition]:
        """Return the partitions, asked anew each time: there may be more of them than before."""
        found = (await topics_of(admin, [self._topic])).get(self._topic)
        if found is None:
            raise TopicError(f"there is no topic {self._topic} on this Kafka")
        return [TopicPartition(self._topic, each["partition"]) for each in found["partitions"]]
