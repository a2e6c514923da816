"""The consumer's half of both transports: delivery without holes, and commits that never pass an unsettled run.

Mixed into a Faust consumer. The rules, each of which was paid for with lost events on a real broker:

* Records are handed over only if they were read from exactly the offset wanted. That is checked with no await in
  between, and again after every yield, because a seek may come while the agent's queue takes a run.
* A gap in the offsets of a source is read twice before it is believed.
* Faust's acks are not used: a run is settled when its agent asks for the next one.
* After a revocation nothing is handed over until the new positions are known.

Source topics come in runs. Changelogs go straight into their tables, and Faust's recovery only counts (rows.py).
"""

import abc
import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from faust.transport import base
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from stream.worker.transport.errors import TopicError, TransportError
from stream.worker.transport.ownership import Batch, Cursor, missing, trusted
from stream.worker.transport.progress import Highwater
from stream.worker.transport.runs import Record, Run, RunMessage

log = logging.getLogger(__name__)

_IDLE = 0.02
"""Seconds to wait when there is no partition to read from: none assigned, or the agent has enough to do."""


_POLL = 0.1
"""Seconds that one fetch may wait for records. Partitions that an agent has room for again must not wait longer."""


class OutOfRangeError(TransportError):
    """Records were asked for that the log no longer holds, or never held."""

    def __init__(self, partitions: Iterable[TP]) -> None:
        self.partitions = frozenset(partitions)
        super().__init__(f"no such offset in {sorted(self.partitions)}")


class OwnedConsumer(base.Consumer):  # type: ignore[misc]  # Faust has no types here
    """A Faust consumer that owns its offsets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sources: dict[TP, Cursor] = {}
        self._changelogs: dict[TP, Cursor] = {}
        self._leaving: dict[TP, Cursor] = {}
        self._doubted: dict[TP, Sequence[range]] = {}
        self._epoch = 0
        self._run_size: int = self.app.options.run
        self._committing = asyncio.Lock()
        self.lost: Counter[TP] = Counter()

    # What each transport brings

    @abc.abstractmethod
    async def _fetch(self, wants: Mapping[TP, int], timeout: float) -> Mapping[TP, Batch]:  # noqa: ASYNC109 - Faust's name
        """Read from exactly the offsets wanted; return less or nothing after `timeout` s. Raises OutOfRangeError."""

    @abc.abstractmethod
    async def _stored_offsets(self, partitions: set[TP]) -> Mapping[TP, int]:
        """Return what our group has committed; partitions without a commit are left out."""

    @abc.abstractmethod
    def highwater_of(self, tp: TP) -> Highwater | None:
        """Return the end of a partition and when it was asked for."""

    # Positions

    def cursor(self, tp: TP) -> Cursor | None:
        """Return the cursor of a source partition that we own and have a position for."""
        return self._sources.get(tp)

    def owned(self) -> set[TP]:
        """Return the source partitions that we own and have a position for."""
        return set(self._sources)

    async def perform_seek(self) -> None:
        """Take up each source partition where our group left off. Called by Faust after each rebalance and recovery."""
        epoch = self._epoch
        owned = {tp for tp in self.assignment() if self.app.topics.acks_enabled_for(tp.topic)}
        stored = await self._stored_offsets(owned)
        fresh = owned - set(stored)
        first = await self.earliest_offsets(*fresh) if fresh else {}
        if epoch == self._epoch:
            self._sources = {tp: Cursor(stored.get(tp, first.get(tp, 0)), stored.get(tp)) for tp in owned}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Set where changelogs are read from. The next fetch starts there, whatever was read ahead."""
        for tp, offset in partitions.items():
            self._changelogs[tp] = Cursor(max(offset, 0))

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Return what our group has committed; `perform_seek` sets the positions."""
        return await self._stored_offsets(set(self._sources))

    async def position(self, tp: TP) -> int | None:
        """Return the next offset that is wanted."""
        cursor = self._any_cursor(tp)
        return cursor.want if cursor else None

    async def _seek(self, partition: TP, offset: int) -> NoReturn:
        """Refuse: only stored offsets say where a source continues."""
        raise TransportError(f"{partition} cannot be moved to {offset} from here")

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stop handing over at once; then let the agents finish what they have, and commit it."""
        self._epoch += 1
        self._leaving, self._sources, self._changelogs = self._sources, {}, {}
        await super().on_partitions_revoked(revoked)
        self._leaving = {}

    async def _repair(self, partitions: Iterable[TP]) -> None:
        epoch = self._epoch
        first, ends = await self.earliest_offsets(*partitions), await self.highwaters(*partitions)
        if epoch != self._epoch:
            return
        for tp in partitions:
            cursor = self._sources.get(tp) or self._changelogs.get(tp)
            if cursor is not None and cursor.want > ends[tp]:
                await self.app.crash(TopicError(_beyond_the_end(tp, cursor.want, ends[tp])))
            elif cursor is not None and cursor.want < first[tp]:
                self._skip_to(tp, cursor, first[tp])

    def _skip_to(self, tp: TP, cursor: Cursor, first: int) -> None:
        if tp in self._sources:
            self.lost[tp] += first - cursor.want
            log.error(
                "retention deleted %d records of %s before they were read: offsets %d to %d",
                first - cursor.want,
                tp,
                cursor.want,
                first - 1,
            )
        cursor.hand_over(None, first)

    # Delivery

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's name
        """Fetch once and hand over what is wanted: runs of source topics, and how far changelogs were read."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        wants = {
            tp: cursor.want
            for tp in self._get_active_partitions()
            if (cursor := self._any_cursor(tp)) is not None and cursor.has_room()
        }
        if not wants:
            await self.sleep(_IDLE)
            return
        try:
            batches = await self._fetch(wants, min(timeout, _POLL))
        except OutOfRangeError as error:
            await self._repair(error.partitions)
            return
        for tp, found in batches.items():
            for message in self._messages(tp, self._trusted(tp, found)):
                self._read_offset[tp] = message.offset
                yield tp, message

    async def _getmany(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: reading goes through `_fetch`, which knows what is wanted."""
        raise TransportError("read through getmany")

    def _to_message(self, tp: TP, record: Record) -> ConsumerMessage:
        return _changelog_message(tp, record, self.app.consumer_generation_id)

    def _trusted(self, tp: TP, batch: Batch) -> Batch:
        """Believe in a gap of a source only when a second read finds it too; compacted topics are full of gaps."""
        if tp in self._changelogs or batch.next == batch.start or self.app.declared[tp.topic].compacted:
            return batch
        doubted = self._doubted.pop(tp, ())
        if gaps := missing(batch):
            self._doubted[tp] = gaps
        return trusted(batch, doubted)

    def _any_cursor(self, tp: TP) -> Cursor | None:
        return self._sources.get(tp) or self._changelogs.get(tp)

    def _messages(self, tp: TP, batch: Batch) -> Iterator[ConsumerMessage]:
        size = len(batch.records) or 1 if tp in self._changelogs else self._run_size
        position = batch.start
        for i in range(0, len(batch.records), size):
            records = batch.records[i : i + size]
            cursor = self._ready_cursor(tp, position)
            if cursor is None:
                return
            start, position = position, records[-1].offset + 1
            yield self._hand_over(tp, cursor, start, records)
        if cursor := self._ready_cursor(tp, position):
            cursor.hand_over(None, batch.next)

    def _hand_over(self, tp: TP, cursor: Cursor, start: int, records: Sequence[Record]) -> ConsumerMessage:
        generation = self.app.consumer_generation_id
        if tp in self._changelogs:
            self.app.row_tables[tp.topic].data.take_in(tp.partition, records)
            cursor.hand_over(None, records[-1].offset + 1)
            return _changelog_message(tp, records[-1], generation)
        run = Run(tp.topic, tp.partition, records[0].offset, tuple(records))
        message = RunMessage(run, start, cursor, generation)
        cursor.hand_over(message, records[-1].offset + 1)
        return message

    def _ready_cursor(self, tp: TP, position: int) -> Cursor | None:
        """Return the cursor if it wants this offset now. Changelogs count in recovery only: later, rows are newer."""
        cursor = self._any_cursor(tp)
        if cursor is None or not cursor.accepts(position) or not self.flow_active:
            return None
        return cursor if tp in self._sources or tp in self._get_active_partitions() else None

    # Commits

    async def commit(self, *_args: Any, **_kwargs: Any) -> bool:
        """Commit what is settled now. Stock Faust commits nothing while an older commit is under way.

        The last commit before partitions move must be a new one, or the next owner reads settled runs again.
        """
        if self.app.crashed:
            return False  # the process ends; a commit under way may never return, now that the reader's thread has gone
        async with self._committing:
            return await self.force_commit()

    async def force_commit(self, *_args: Any, **_kwargs: Any) -> bool:
        """Commit what is settled. Everything settled has been stored: see Outbox."""
        self._acked.clear()
        self._acked_index.clear()
        cursors = self._leaving or self._sources
        offsets = {tp: offset for tp, cursor in cursors.items() if (offset := cursor.to_commit()) is not None}
        if not offsets or not await self._commit(offsets):
            return False
        for tp, offset in offsets.items():
            cursors[tp].committed = offset
        self.app.monitor.on_tp_commit(offsets)
        return True

    async def create_topic(self, topic: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TransportError(f"{topic}: topics are made by ensure_topics, not by Faust")

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust subtracts wall time from monotonic time here. Readiness is judged by progress.py."""

    def verify_recovery_event_path(self, now: float, tp: TP) -> None:
        """Do nothing, for the same reason."""


def _changelog_message(tp: TP, record: Record, generation: int) -> ConsumerMessage:
    headers = list(record.headers)
    return ConsumerMessage(
        *tp,
        record.offset,
        record.timestamp,
        0,
        headers,
        record.key,
        record.value,
        None,
        tp=tp,
        generation_id=generation,
    )


def _beyond_the_end(tp: TP, want: int, end: int) -> str:
    return (
        f"{tp.topic}[{tp.partition}] ends at {end}, but {want} was committed: the topic was made anew or lost records. "
        "Find out which; then reset the group's offsets, and reconcile"
    )
