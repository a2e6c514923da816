"""Moves everything to more partitions, offline, so that nothing is lost and nobody is warned twice.

A patient's partition is a hash modulo the partition count, so facts, actions, ledger, clocks and rows have to move.
Rows are moved and not folded anew: the ids and the history of the alerts are in them.

There is never a moment without a whole copy on the brokers, and it can be stopped and started again at any point:

1. **copy**: each topic is copied to one of the same name with ``.moving`` behind it, with the new count. A topic
   `MARKER` says that this is done. Until then nothing that was there before has been touched.
2. **switch**: the old topics are deleted, made anew and filled from the copies; rows get the offsets they now stand at.
   `GATE`, without which no worker and no projector starts, goes first and comes back last: then the move is made.
3. **clean up**: inbox and dead letters grow, without which no intake starts; marker and copies go.

The inbox belongs to the hospitals, which go on writing: it grows in place, for its order does not matter.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.projection.keys import Keys
from deploy.errors import AnswerNoError, BadInputError
from stream.facts.errors import RecordFormatError
from stream.row import Row, RowFormatError
from stream.worker.names import (
    ACTIONS,
    ALERTS,
    CLOCKS,
    DEADLETTERS,
    FACTS,
    INBOX,
    INTAKE_GROUP,
    NOTIFIER_GROUP,
    PROGRESS,
    PROJECTOR_GROUP,
    ROWS,
    TICKS,
    WATCH_GROUP,
)
from stream.worker.partition import partition_of
from stream.worker.quarantine import patient_of
from stream.worker.rows import EngineRows
from stream.worker.transport import Record, TopicSpec, TransportOptions, end_offsets
from stream.worker.transport.kafka import admin, moving

MOVED: Final = (FACTS, ACTIONS, ALERTS, CLOCKS, ROWS)
"""What is copied. Rows come last: they hold the offsets of the others."""
EMPTIED: Final = (TICKS,)
"""What begins anew: the ticks that were not read are sent again for the due moments in the rows."""
GROWN: Final = (INBOX, DEADLETTERS)
"""What gets more partitions where it is."""
GATE: Final = PROGRESS
MARKER: Final = "fristvagt.moving"

Say = Callable[[str], None]


def moving_name(topic: str) -> str:
    """Return the name of a topic's copy."""
    return f"{topic}.moving"


@dataclass(frozen=True, slots=True)
class Move:
    """One move to the count in `specs`, which are all topics of ours as they shall be.

    `rewind` lets whoever keeps offsets of the ledger outside Kafka begin anew: offsets restart here.
    """

    options: TransportOptions
    specs: Mapping[str, TopicSpec]
    redis: Redis
    say: Say
    rewind: Callable[[], None] = lambda: None

    @property
    def count(self) -> int:
        """The new partition count."""
        return self.specs[GATE].partitions

    async def run(self) -> None:
        """Do what is still to be done. Raises BadInputError, AnswerNoError, TransportError; run it again afterwards."""
        check_known(self.specs)
        await self._redis_answers()
        counts = await self._counts([*self.specs, MARKER])
        marked = counts.get(MARKER)
        if counts.get(GATE) == self.count and marked in (None, self.count):
            self.say(f"everything lies in {self.count} partitions")
        elif marked not in (None, self.count):
            raise BadInputError(
                f"a move to {marked} partitions is not done: set FRISTVAGT_PARTITIONS={marked}, run it again"
            )
        else:
            await self._nobody_works()
            if marked is None:
                await self._copy(counts)
            await self._switch()
        await self._grow()
        await moving.delete(self.options, [MARKER])
        await moving.delete(self.options, [moving_name(each) for each in MOVED])
        self.say("done: start the processes with this setting")

    # -- before

    async def _redis_answers(self) -> None:
        try:
            await self.redis.ping()
        except RedisError as error:
            raise BadInputError("the read model in Redis must be reachable: it is filled anew afterwards") from error

    async def _counts(self, names: Sequence[str]) -> dict[str, int]:
        return {name: found.partitions for name, found in (await admin.describe(self.options, names)).items()}

    async def _nobody_works(self) -> None:
        for group in (WATCH_GROUP, INTAKE_GROUP, PROJECTOR_GROUP, NOTIFIER_GROUP):
            if found := await moving.members(self.options, group):
                raise AnswerNoError(
                    f"{found} of the group {group} still run: stop worker, intake, projector, notifier and api"
                    " everywhere"
                    " (with FRISTVAGT_INSTANCE set they count for 45 s after their end)"
                )

    async def _check(self, counts: Mapping[str, int]) -> None:
        missing = [name for name in self.specs if name not in counts]
        if missing:
            raise BadInputError(f"there is no topic {', '.join(missing)}: `fristvagt doctor --create` makes it")
        if larger := [name for name, count in counts.items() if count > self.count]:
            raise BadInputError(f"{larger[0]} has {counts[larger[0]]} partitions: a topic never shrinks")
        stored = await moving.group_offsets(self.options, WATCH_GROUP)
        for topic in (FACTS, ACTIONS):
            ends = await end_offsets(self.options, topic)
            if left := sum(end - stored.get((topic, number), 0) for number, end in ends.items()):
                raise AnswerNoError(
                    f"{left} records of {topic} have not been applied: start a worker with the old"
                    " FRISTVAGT_PARTITIONS until it is ready, stop it, and try again"
                )

    # -- copy

    async def _copy(self, counts: Mapping[str, int]) -> None:
        await self._check(counts)
        before = await self._ends()
        await moving.delete(self.options, [moving_name(each) for each in MOVED])
        whole = {"cleanup.policy": "delete", "retention.ms": "-1"}
        copies = [TopicSpec(moving_name(t), self.count, self.specs[t].replication, whole) for t in MOVED]
        await admin.create(self.options, copies)
        for topic in MOVED:
            copied = await moving.copy(self.options, topic, moving_name(topic), self._place, readable)
            await self._verify(moving_name(topic), copied)
        if await self._ends() != before:
            raise AnswerNoError(
                "something was written meanwhile: stop worker, intake, projector and api, and try again"
            )
        await admin.create(self.options, [TopicSpec(MARKER, self.count, self.specs[GATE].replication, whole)])

    async def _ends(self) -> dict[str, dict[int, int]]:
        return {topic: await end_offsets(self.options, topic) for topic in MOVED}

    def _place(self, _: int, record: Record) -> int:
        key = record.key or b""
        return partition_of(patient_of(key) or key, self.count)

    async def _verify(self, topic: str, copied: int) -> None:
        found = sum((await end_offsets(self.options, topic)).values())
        if found != copied:
            raise AnswerNoError(f"{topic} has {found} records and not {copied}: something else writes to it. Try again")
        self.say(f"{topic}: {copied} records")

    # -- switch

    async def _switch(self) -> None:
        await moving.delete(self.options, [GATE])
        await moving.delete(self.options, [*MOVED, *EMPTIED])
        await admin.create(self.options, [self.specs[topic] for topic in (*MOVED, *EMPTIED)])
        for topic in MOVED:
            change = await self._stamp() if topic == ROWS else as_it_is
            copied = await moving.copy(self.options, moving_name(topic), topic, where_it_is, change)
            await self._verify(topic, copied)
        await self._positions()
        await asyncio.to_thread(self.rewind)
        await self.redis.delete(Keys().meta)  # without it the read model counts as lost, and is filled anew
        await admin.create(self.options, [self.specs[GATE]])

    async def _grow(self) -> None:
        """Let intake start: not before the topics it writes to will never be filled from the copies again."""
        for topic, count in (await self._counts(GROWN)).items():
            if count < self.count:
                await moving.grow(self.options, topic, self.count)

    async def _applied(self) -> dict[tuple[str, int], int]:
        """Return where each source goes on: at its end, for everything in it has been applied."""
        ends = {topic: await end_offsets(self.options, topic) for topic in (FACTS, ACTIONS)}
        return {(topic, number): end for topic, each in ends.items() for number, end in each.items()}

    async def _stamp(self) -> moving.Change:
        applied = await self._applied()
        return lambda to, record: stamped(record, to, {topic: applied[topic, to] for topic in (FACTS, ACTIONS)})

    async def _positions(self) -> None:
        for group in (WATCH_GROUP, PROJECTOR_GROUP, NOTIFIER_GROUP):
            await moving.delete_group(self.options, group)
        await moving.commit(self.options, WATCH_GROUP, await self._applied())


def check_known(specs: Mapping[str, TopicSpec]) -> None:
    """Refuse to begin where a topic would be left behind. Raises BadInputError."""
    unknown = set(specs) ^ {*MOVED, *EMPTIED, *GROWN, GATE}
    if unknown:
        raise BadInputError(f"repartition does not know what to do with {', '.join(sorted(unknown))}")


def where_it_is(partition: int, _: Record) -> int:
    """Leave a record in the partition in which it lies."""
    return partition


def as_it_is(_: int, record: Record) -> bytes | None:
    """Leave a value as it is."""
    return record.value


def readable(_: int, record: Record) -> bytes | None:
    """Leave a value as it is. Raises BadInputError, before anything is touched, at a row of a newer version."""
    if is_row(record) and not EngineRows().knows(record.value or b""):
        raise BadInputError("there are rows of a newer Fristvagt: use the version that wrote them")
    return record.value


def is_row(record: Record) -> bool:
    """Tell a row from a mark beside it, a tombstone, and what other topics hold, which is JSON."""
    key = record.key or b""
    return record.value is not None and patient_of(key) is None and not record.value.startswith(b"{")


def stamped(record: Record, partition: int, applied: Mapping[str, int]) -> bytes | None:
    """Return a row with its new place. A damaged row stays as it is: the worker says so, and asks for help."""
    if not is_row(record):
        return record.value
    try:
        row = Row.decode(record.value or b"")
    except (RowFormatError, RecordFormatError):
        return record.value
    return msgspec.structs.replace(row, partition=partition, applied=dict(applied)).encode()
