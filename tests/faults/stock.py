"""Stock Faust over the embedded log: its own acks, its own commits, its own producer, as its README uses them.

Only what a transport must bring is ours: where the log is, how it is read and written. Group and ends are those of our
own embedded consumer, so that the two differ in nothing but their bookkeeping.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import faust
from faust.transport import base, drivers
from faust.types import TP, RecordMetadata
from faust.types.tuples import ConsumerMessage

from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, TransportOptions
from stream.worker.transport.embedded import sharing
from stream.worker.transport.embedded.transport import Consumer as Ours

drivers.TRANSPORTS.aliases["stock"] = f"{__name__}:StockTransport"


def stock_app(name: str, options: TransportOptions) -> faust.App:
    """Make an app of Faust's own class, with Faust's own defaults but for the pace of commits."""
    app = faust.App(
        name,
        broker="stock://here",
        store="memory://",
        datadir=options.directory / "faust",  # made by Faust, and left empty: not where the tests are started
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_commit_interval=options.commit_interval,
    )
    app.options = options
    app.finalize()
    return app


class StockConsumer(base.Consumer):
    """Faust's base consumer, which acks and commits by itself."""

    subscribe, assignment = Ours.subscribe, Ours.assignment
    _broker, _log, _rebalance, _assign = Ours._broker, Ours._log, Ours._rebalance, Ours._assign
    highwater, highwaters, earliest_offsets = Ours.highwater, Ours.highwaters, Ours.earliest_offsets
    topic_partitions, key_partition = Ours.topic_partitions, Ours.key_partition
    _new_topicpartition, _commit = Ours._new_topicpartition, Ours._commit

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._group: str = self.app.conf.id
        self._assigned: frozenset[TP] = frozenset()
        self._rebalancing = asyncio.Lock()
        self._generation = 0
        self._positions: dict[TP, int] = {}

    async def create_topic(self, *_: Any, **__: Any) -> None: ...

    async def seek_to_committed(self) -> Mapping[TP, int]:
        found = await self._broker.committed(self._group, self._assigned)
        self._positions = {tp: found.get(tp, 0) for tp in self._assigned}
        return found

    async def position(self, tp: TP) -> int:
        return self._positions[tp]

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions[partition] = offset

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self._positions |= {tp: max(offset, 0) for tp, offset in partitions.items()}

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's name
        active = self._assigned if active_partitions is None else active_partitions
        wants = {tp: self._positions.get(tp, 0) for tp in active}
        batches = await self._broker.fetch(wants, 100, min(timeout, 0.1))
        for tp, batch in batches.items():
            if self._positions.get(tp, 0) == batch.start:
                self._positions[tp] = batch.next
        return {tp: list(batch.records) for tp, batch in batches.items()}

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        generation = self.app.consumer_generation_id
        place = (*tp, record.offset, record.timestamp, 0, list(record.headers), record.key, record.value)
        return ConsumerMessage(*place, None, 0, 0, tp, generation_id=generation)

    def verify_event_path(self, now: float, tp: TP) -> None: ...

    def verify_recovery_event_path(self, now: float, tp: TP) -> None: ...

    def close(self) -> None: ...


class StockProducer(base.Producer):
    """Faust's base producer: an answer is a future, and what becomes of it is Faust's matter."""

    async def on_start(self) -> None:
        self.broker = sharing.acquire(self.app.options)
        await super().on_start()

    async def on_stop(self) -> None:
        await super().on_stop()
        await sharing.release(self.broker)

    async def create_topic(self, *_: Any, **__: Any) -> None: ...

    async def send(self, topic: str, key: Any, value: Any, partition: int | None, *_: Any, **__: Any) -> Any:
        return asyncio.ensure_future(self._append(Outgoing(topic, key, value, partition)))

    async def send_and_wait(self, *words: Any, **more: Any) -> Any:
        return await (await self.send(*words, **more))

    async def _append(self, record: Outgoing) -> RecordMetadata:
        [(partition, offset)] = await self.broker.append([record])
        return RecordMetadata(record.topic, partition, TP(record.topic, partition), offset)

    def key_partition(self, topic: str, key: bytes) -> TP:
        return TP(topic, partition_of(key, self.broker.partitions(topic) or 1))

    async def flush(self) -> None:
        await self.buffer.flush()

    def supports_headers(self) -> bool:
        return True


class StockTransport(base.Transport):
    Consumer = StockConsumer
    Producer = StockProducer
    driver_version = "stock"
    default_port = 0
