"""Reading from exactly the offsets wanted, in the thread where aiokafka lives.

aiokafka's positions move when records are taken, also by a call whose caller has gone away, and a seek from another
thread may be overwritten. So positions are never trusted: each read compares them with what is wanted, seeks where
they differ, and gives up its result if the group's assignment changed meanwhile. One read at a time.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.worker.transport.consuming import OutOfRangeError
from stream.worker.transport.errors import GroupLostError
from stream.worker.transport.kafka.diagnosis import LACKING_RIGHTS
from stream.worker.transport.kafka.membership import Membership
from stream.worker.transport.kafka.records import to_record
from stream.worker.transport.ownership import Batch

_GROUP_LOST = "the Kafka client no longer keeps up its membership of the group: the process ends, start it again"

_READS_NO_MORE = "the Kafka client no longer reads: the process ends, start it again"

_LONG_POLL = 200
"""Milliseconds that a broker may hold a fetch. A seek waits for the fetch under way; Faust's 1500 would be felt."""


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust has no types here
    """The thread in which aiokafka reads, and keeps up the group membership while the agents work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = self.consumer.app.options
        self._reading = asyncio.Lock()
        self.membership = Membership(options.session_timeout - options.send_timeout)

    async def on_start(self) -> None:
        """Connect, and hear what the group's coordinator says before the group is joined."""
        await super().on_start()
        self.membership.listen(self._ensure_consumer()._coordinator)  # noqa: SLF001 - aiokafka has no public way

    def _create_consumer(self, loop: asyncio.AbstractEventLoop) -> Any:
        consumer = super()._create_consumer(loop)
        consumer._fetch_max_wait_ms = _LONG_POLL  # noqa: SLF001 - Faust has no setting for it
        return consumer

    async def fetch(self, wants: Mapping[TP, int], timeout: float) -> Mapping[TP, Batch]:  # noqa: ASYNC109 - a long poll
        """Read from the offsets wanted; wait up to `timeout` s for any record. Raises OutOfRangeError."""
        batches: Mapping[TP, Batch] = await self.call_thread(self._read, wants, timeout)
        return batches

    async def committed(self, partitions: set[TP]) -> dict[TP, int]:
        """Return what the group has committed; partitions without a commit are left out."""
        offsets: dict[TP, int] = await self.call_thread(self._committed, sorted(partitions))
        return offsets

    async def keep_membership(self) -> None:
        """Say that this process lives, however long its agents have enough to do, and hear what keeps us out.

        aiokafka leaves a group for whose records nobody asks, and never comes back; and what keeps it out it tells only
        those who ask. Raises KafkaError, GroupLostError.
        """
        await self.call_thread(self._keep_membership)

    async def _keep_membership(self) -> None:
        consumer = self._ensure_consumer()
        with consumer._subscription.fetch_context():  # noqa: SLF001 - aiokafka has no public way
            pass
        if consumer._fetcher.error_future.done():  # noqa: SLF001 - what reads has ended, and reads never again
            raise GroupLostError(_READS_NO_MORE)
        coordinator = consumer._coordinator  # noqa: SLF001 - aiokafka has no public way
        try:
            coordinator.check_errors()
        except KafkaError as error:
            if coordinator._coordination_task.done() and not isinstance(error, LACKING_RIGHTS):  # noqa: SLF001
                raise GroupLostError(_GROUP_LOST) from error
            raise

    async def _committed(self, partitions: list[TP]) -> dict[TP, int]:
        consumer = self._ensure_consumer()
        offsets = await asyncio.gather(*(consumer.committed(driver.ensure_aiokafka_TP(tp)) for tp in partitions))
        return {tp: offset for tp, offset in zip(partitions, offsets, strict=True) if offset is not None}

    async def _read(self, wants: Mapping[TP, int], timeout: float) -> dict[TP, Batch]:  # noqa: ASYNC109 - a long poll
        consumer = self._ensure_consumer()
        async with self._reading:
            assignment = _assignment(consumer)
            partitions = _align(consumer, assignment, wants)
            if not partitions or not self.consumer.flow_active:
                return {}
            try:
                found = await consumer.getmany(*partitions, timeout_ms=int(timeout * 1000))
            except OffsetOutOfRangeError as error:
                raise OutOfRangeError(TP(*tp) for tp in error.args[0]) from error
            except NoOffsetForPartitionError:
                return {}  # said when the group was joined, before we knew where to read
            if _assignment(consumer) is not assignment:
                return {}
            return {TP(*tp): _batch(assignment, tp, wants[tp], found.get(tp, ())) for tp in partitions}


def _assignment(consumer: Any) -> Any:
    subscription = consumer._subscription.subscription  # noqa: SLF001 - a public copy would not show that it was replaced
    return subscription.assignment if subscription is not None else None


def _align(consumer: Any, assignment: Any, wants: Mapping[TP, int]) -> list[Any]:
    """Put each partition that we still own to the offset wanted, and return these partitions."""
    if assignment is None or not assignment.active:
        return []
    aligned = []
    for tp, want in wants.items():
        state = assignment.state_value(tp)
        if state is not None:
            aligned.append(driver.ensure_aiokafka_TP(tp))
            if not state.has_valid_position or state.position != want:
                consumer.seek(aligned[-1], want)
    return aligned


def _batch(assignment: Any, tp: Any, want: int, found: Sequence[Any]) -> Batch:
    """Say where the read ended, too: behind the last record there may be markers of transactions.

    Records from before `want` show that the position was moved while aiokafka read: nothing of such a read is used.
    """
    if found and found[0].offset < want:
        return Batch(want, (), want)
    state = assignment.state_value(tp)
    return Batch(want, [to_record(record) for record in found], state.position if state.has_valid_position else want)
