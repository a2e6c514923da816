"""Faust's Kafka transport, made safe: each read starts where it should, offsets are ours, and a sleeper ends itself."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.worker.transport.consuming import OwnedConsumer
from stream.worker.transport.errors import GroupLostError
from stream.worker.transport.kafka.client import publish, safe_writing
from stream.worker.transport.kafka.diagnosis import LACKING_RIGHTS
from stream.worker.transport.kafka.membership import Membership
from stream.worker.transport.kafka.reader import ConsumerThread
from stream.worker.transport.lease import Lease
from stream.worker.transport.ownership import Batch
from stream.worker.transport.producing import Outgoing, OwnedProducer
from stream.worker.transport.progress import Highwater

log = logging.getLogger(__name__)


class Producer(OwnedProducer, driver.Producer):  # type: ignore[misc]  # Faust has no types here
    """Writes idempotently, with acknowledgement by all in-sync copies.

    And only while the process is surely awake and a member of its group.
    """

    _lease: Lease

    def _settings_extra(self) -> Mapping[str, Any]:
        return safe_writing(self.app.options)

    async def on_start(self) -> None:
        """Connect, and watch that the process does not sleep through half of its session."""
        await super().on_start()
        self._lease = Lease(self.app.options.session_timeout / 2)
        self._lease.start()

    async def on_stop(self) -> None:
        """Disconnect."""
        await super().on_stop()
        self._lease.stop()

    async def store(self, outputs: Sequence[Outgoing], rows: Sequence[Outgoing]) -> None:
        """Write outputs, then rows, as a member of the group only. Raises NotMemberError, KafkaError."""
        await self.app.consumer.membership.sure()
        for records in (outputs, rows):
            self._lease.check()
            await publish(self._ensure_producer(), records)


class Consumer(OwnedConsumer, driver.Consumer):  # type: ignore[misc]  # Faust has no types here
    """Reads as a member of the Kafka group."""

    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ends: dict[TP, Highwater] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def membership(self) -> Membership:
        """Whether the group still counts on this process."""
        return self._thread.membership

    async def on_start(self) -> None:
        """Connect, and begin to watch where the partitions end."""
        await super().on_start()
        self.add_future(self._watch_ends())

    async def _fetch(self, wants: Mapping[TP, int], timeout: float) -> Mapping[TP, Batch]:  # noqa: ASYNC109 - Faust's name
        return await self._thread.fetch(wants, timeout)

    async def _stored_offsets(self, partitions: set[TP]) -> Mapping[TP, int]:
        return await self._thread.committed(partitions)

    def highwater_of(self, tp: TP) -> Highwater | None:
        """Return the end of a partition as it was last asked for."""
        return self._ends.get(tp) if tp in self._sources else None

    async def _watch_ends(self) -> None:
        while not self.should_stop:
            partitions, asked = list(self._sources), time.monotonic()
            try:
                await self._thread.keep_membership()
                ends = await self.highwaters(*partitions) if partitions else {}
            except (*LACKING_RIGHTS, GroupLostError) as error:
                await self.app.crash(error)  # a group that we may not join, or lost, would be waited for in silence
                return
            except KafkaError as error:
                log.warning("cannot ask where the partitions end: %r; deadlines wait until it is known", error)
            else:
                self._ends = {TP(*tp): Highwater(end, asked) for tp, end in ends.items()}
            await self.sleep(self.app.options.end_interval)


class Transport(driver.Transport):  # type: ignore[misc]  # Faust has no types here
    """Chosen by ``kafka:`` URLs."""

    Consumer = Consumer
    Producer = Producer
