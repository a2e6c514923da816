"""Faust's consumer, producer and transport over the embedded log: one process, one member in each group."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faust.transport import base
from faust.types import TP

from stream.worker.partition import partition_of
from stream.worker.transport.consuming import OutOfRangeError, OwnedConsumer
from stream.worker.transport.embedded import sharing
from stream.worker.transport.embedded.broker import Broker, Log
from stream.worker.transport.errors import TopicError, TransportError
from stream.worker.transport.ownership import Batch
from stream.worker.transport.producing import Outgoing, OwnedProducer
from stream.worker.transport.progress import Highwater
from stream.worker.transport.runs import Run


class _Cluster:
    """What Faust's assignor asks a Kafka cluster."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """Return the partitions of a topic."""
        count = self._broker.partitions(topic)
        return set(range(count)) if count else None


class Producer(OwnedProducer):
    """Writes to the log, and keeps it open while the app runs."""

    broker: Broker

    async def on_start(self) -> None:
        """Open the log and make the topics that the app has declared."""
        self.broker = sharing.acquire(self.app.options)
        await super().on_start()
        for spec in self.app.declared.values():
            await self.broker.declare(spec)

    async def on_stop(self) -> None:
        """Close the log, unless others in this process use it."""
        await super().on_stop()
        await sharing.release(self.broker)

    async def store(self, outputs: Sequence[Outgoing], rows: Sequence[Outgoing]) -> None:
        """Write outputs and rows in one transaction."""
        await self.broker.append([*outputs, *rows])

    async def store_runs(self, outputs: Sequence[Outgoing], rows: Sequence[Outgoing], runs: Sequence[Run]) -> None:
        """Write outputs, rows and how far the group has come in one transaction: a kill repeats nothing."""
        offsets = {TP(run.topic, run.partition): run.next_offset for run in runs}  # of a partition the last run counts
        await self.broker.append([*outputs, *rows], (self.app.conf.id, offsets))

    async def flush(self) -> None:
        """Nothing waits here."""

    def key_partition(self, topic: str, key: bytes) -> TP:
        """Return where a key of a topic lives."""
        return TP(topic, partition_of(key, self.broker.partitions(topic) or 1))


class Consumer(OwnedConsumer):
    """Reads from the log as the only member of its group, and so owns all partitions of its topics."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._group: str = self.app.conf.id
        self._assigned: frozenset[TP] = frozenset()
        self._rebalancing = asyncio.Lock()
        self._generation = 0

    @property
    def _broker(self) -> Broker:
        broker: Broker = self.app.producer.broker
        return broker

    def _log(self, tp: TP) -> Log:
        return self._broker.logs[TP(*tp)]

    # Group

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Ask for topics. As with Kafka, the rebalance follows in the background."""
        self.add_future(self._rebalance(frozenset(topics)))

    async def _rebalance(self, topics: frozenset[str]) -> None:
        if self._broker.members.setdefault(self._group, self) is not self:
            raise TransportError(f"group {self._group} already runs in this process; the embedded log takes one member")
        async with self._rebalancing:
            self.app.on_rebalance_start()
            await self.on_partitions_revoked(set(self._assigned))
            self._assigned = self._assign(topics)
            self._generation += 1
            self.app.consumer_generation_id = self._generation
            await self.on_partitions_assigned(set(self._assigned), self._generation)

    def _assign(self, topics: frozenset[str]) -> frozenset[TP]:
        missing = sorted(topic for topic in topics if not self._broker.partitions(topic))
        if missing:
            raise TopicError(f"there is no topic {', '.join(missing)}: declare it with topic() before the app starts")
        assignor = self.app.assignor
        result = assignor.assign(_Cluster(self._broker), {"us": assignor.metadata(set(topics))})["us"]
        assignor.on_assignment(result)
        return frozenset(TP(topic, partition) for topic, partitions in result.assignment for partition in partitions)

    async def on_stop(self) -> None:
        """Commit and leave the group."""
        await super().on_stop()
        if self._broker.members.get(self._group) is self:
            del self._broker.members[self._group]

    def assignment(self) -> set[TP]:
        """Return the partitions we own."""
        return set(self._assigned)

    async def _stored_offsets(self, partitions: set[TP]) -> Mapping[TP, int]:
        return await self._broker.committed(self._group, partitions)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        await self._broker.commit(self._group, offsets)
        return True

    # Records

    async def _fetch(self, wants: Mapping[TP, int], timeout: float) -> Mapping[TP, Batch]:  # noqa: ASYNC109 - Faust's name
        beyond = {tp for tp, want in wants.items() if not self._log(tp).first <= want <= self._log(tp).end}
        if beyond:
            raise OutOfRangeError(beyond)
        return await self._broker.fetch(wants, self._run_size, timeout)

    def highwater_of(self, tp: TP) -> Highwater | None:
        """Return the end of a partition, exact and of this moment."""
        return Highwater.now(self._log(tp).end) if tp in self._assigned else None

    def highwater(self, tp: TP) -> int:
        """Return the end of a partition."""
        return self._log(tp).end

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the ends of partitions."""
        return {tp: self._log(tp).end for tp in partitions}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the beginnings of partitions."""
        return {tp: self._log(tp).first for tp in partitions}

    def topic_partitions(self, topic: str) -> int | None:
        """Return how many partitions a topic has."""
        return self._broker.partitions(topic)

    def key_partition(self, topic: str, key: bytes, partition: int | None = None) -> int | None:
        """Return where a key of a topic lives."""
        count = self._broker.partitions(topic)
        return partition if partition is not None or count is None else partition_of(key, count)

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)


class Transport(base.Transport):  # type: ignore[misc]  # Faust has no types here
    """Chosen by ``embedded:`` URLs."""

    Consumer = Consumer
    Producer = Producer
    driver_version = "embedded"
    default_port = 0
