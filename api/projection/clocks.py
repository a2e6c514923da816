"""From ``fristvagt.clocks``: the clocks of every pathway, in their index.

A pathway's record holds all its clocks and a revision. A revision older than the one known (of the same patient) is a
repeat and changes nothing; the same revision written again, as after a crash of the worker, is the later word. A
tombstone takes the pathway's clocks away. A reference that two patients use is a mistake of its sender: both keep
their clocks, and it is counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from redis.asyncio import Redis

from api.projection.index import Command, Entry, Index
from api.projection.keys import Keys
from api.projection.messages import PathwayMessage, UnreadableError, keys_of, read
from api.projection.outcomes import count_commands
from api.projection.reducer import Prepared, Record, text_key
from stream.published import PATIENT_HEADER

StoredClock = dict[str, Any]
"""A clock as published: the contract's JSON without what depends on today."""


class Pathway(msgspec.Struct, frozen=True):
    """What is kept of a pathway beside its clocks."""

    patient: str
    revision: int
    incomplete: bool
    rulebook: str
    reading: str
    clock_ids: list[str]


@dataclass(frozen=True, slots=True)
class Known:
    """A pathway with its clocks; `pathway` is None when nothing is known of it.

    References are unique as they should be, and `others` is empty. Where several patients use one, `others` are those
    whose message was not the last, and `clocks` are everybody's: no warning is hidden by somebody else's pathway.
    """

    pathway: Pathway | None
    clocks: Mapping[str, StoredClock]
    others: tuple[Pathway, ...] = ()

    @property
    def everyone(self) -> tuple[Pathway, ...]:
        """The pathway of each patient who uses the reference."""
        return self.others if self.pathway is None else (self.pathway, *self.others)

    def takes(self, message: PathwayMessage) -> bool:
        """Tell whether the message is at least as new as what is known of its patient."""
        return all(each.patient != message.patient or message.revision >= each.revision for each in self.everyone)

    def without(self, patient: str | None) -> "Known":
        """Return what is left when a patient's pathway is gone; None: that of the last message."""
        gone = self.pathway.patient if patient is None and self.pathway is not None else patient
        others = tuple(each for each in self.others if each.patient != gone)
        pathway = None if self.pathway is None or self.pathway.patient == gone else self.pathway
        left = Known(pathway, self.clocks, others)
        names = {name for each in left.everyone for name in each.clock_ids}
        return Known(pathway, {name: clock for name, clock in self.clocks.items() if name in names}, others)


NOTHING = Known(None, {})


class ClockReducer:
    """Keeps the clocks, their index, the pathways and the counts of what was closed up to date."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._index = Index(keys, "clocks")

    async def prepare(self, redis: Redis, records: Sequence[Record]) -> Prepared:
        """Return the commands that bring the pathways of the records up to date."""
        before = await self._known(redis, {text_key(record) for record in records})
        now = dict(before)
        prepared = Prepared()
        for record in records:
            try:
                now[text_key(record)] = _after(now[text_key(record)], record, prepared)
            except UnreadableError as error:
                prepared.unreadable[record.offset] = str(error)
        for name, known in now.items():
            prepared.commands += self._change(name, before[name], known)
        left = (clock for known in before.values() for clock in known.clocks.values())
        arrived = (clock for known in now.values() for clock in known.clocks.values())
        prepared.commands += count_commands(self._keys, left, arrived)
        return prepared

    async def _known(self, redis: Redis, names: set[str]) -> dict[str, Known]:
        ordered = sorted(names)
        pipe = redis.pipeline(transaction=False)
        pipe.hmget(self._keys.pathways, ordered)
        pipe.hmget(self._keys.shared, ordered)
        found, shared = await pipe.execute() if ordered else ([], [])
        read_ = [
            Known(
                None if one is None else msgspec.json.decode(one, type=Pathway),
                {},
                () if others is None else tuple(msgspec.json.decode(others, type=list[Pathway])),
            )
            for one, others in zip(found, shared, strict=True)
        ]
        clocks = await self._clocks(redis, [name for each in read_ for one in each.everyone for name in one.clock_ids])
        return {
            name: replace(
                each,
                clocks={
                    clock_id: clocks[clock_id]
                    for one in each.everyone
                    for clock_id in one.clock_ids
                    if clock_id in clocks
                },
            )
            for name, each in zip(ordered, read_, strict=True)
        }

    async def _clocks(self, redis: Redis, clock_ids: list[str]) -> dict[str, StoredClock]:
        if not clock_ids:
            return {}
        found = await redis.hmget(self._keys.clocks, clock_ids)
        return {name: msgspec.json.decode(value) for name, value in zip(clock_ids, found, strict=True) if value}

    def _change(self, name: str, before: Known, now: Known) -> list[Command]:
        if now == before:
            return []
        commands = [each for clock_id, clock in before.clocks.items() for each in self._leave(clock_id, clock, now)]
        for clock_id, clock in now.clocks.items():
            commands += self._arrive(clock_id, clock, before)
        commands.append(_kept(self._keys.pathways, name, now.pathway))
        return commands if now.others == before.others else [*commands, _kept(self._keys.shared, name, now.others)]

    def _leave(self, clock_id: str, clock: StoredClock, now: Known) -> list[Command]:
        successor = now.clocks.get(clock_id)
        if successor is not None and entry_of(successor) == entry_of(clock):
            return []
        taken = self._index.take(entry_of(clock))
        return taken if successor is not None else [*taken, ("HDEL", self._keys.clocks, clock_id)]

    def _arrive(self, clock_id: str, clock: StoredClock, before: Known) -> list[Command]:
        former = before.clocks.get(clock_id)
        if former == clock:
            return []
        stored: Command = ("HSET", self._keys.clocks, clock_id, msgspec.json.encode(clock))
        if former is not None and entry_of(former) == entry_of(clock):
            return [stored]
        return [stored, *self._index.put(entry_of(clock))]


def _after(known: Known, record: Record, prepared: Prepared) -> Known:
    if record.value is None:
        return known.without(_patient_of(record))
    message = read(record.value, PathwayMessage)
    if message.pathway != text_key(record):
        raise UnreadableError("the key is not the pathway of the record")
    clocks = {keys_of(clock).clock_id: clock for clock in message.clocks or ()}
    if not known.takes(message):
        prepared.repeated += 1
        return known
    rest = known.without(message.patient)
    if not clocks:
        return rest
    prepared.shared += bool(rest.everyone)
    pathway = Pathway(
        patient=message.patient,
        revision=message.revision,
        incomplete=message.incomplete,
        rulebook=message.rulebook,
        reading=message.reading,
        clock_ids=list(clocks),
    )
    return Known(pathway, {**rest.clocks, **clocks}, rest.everyone)


def _kept(key: str, name: str, value: Pathway | tuple[Pathway, ...] | None) -> Command:
    return ("HSET", key, name, msgspec.json.encode(value)) if value else ("HDEL", key, name)


def _patient_of(record: Record) -> str | None:
    """Return whose tombstone it is; None where an earlier version of the worker did not say."""
    return next((value.decode(errors="replace") for name, value in record.headers if name == PATIENT_HEADER), None)


def entry_of(clock: StoredClock) -> Entry:
    """Return the index entry of a stored clock."""
    keys = keys_of(clock)
    return Entry(keys.deadline, keys.clock_id, keys.unit, keys.right, keys.package, keys.state, keys.tier)
