"""From ``fristvagt.clocks``: the clocks of every pathway, in their index.

A pathway's record holds all its clocks and a revision. A revision older than the one known (of the same patient) is a
repeat and changes nothing; the same revision written again, as after a crash of the worker, is the later word. A
tombstone takes the pathway's clocks away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from redis.asyncio import Redis

from api.projection.index import Command, Entry, Index
from api.projection.keys import Keys
from api.projection.messages import PathwayMessage, UnreadableError, keys_of, read
from api.projection.reducer import Prepared, Record, text_key

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
    """A pathway with its clocks; `pathway` is None when nothing is known of it."""

    pathway: Pathway | None
    clocks: Mapping[str, StoredClock]

    def takes(self, message: PathwayMessage) -> bool:
        """Tell whether the message is at least as new as what is known."""
        known = self.pathway
        return known is None or known.patient != message.patient or message.revision >= known.revision


NOTHING = Known(None, {})


class ClockReducer:
    """Keeps the clocks, their index and the pathways up to date."""

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
        return prepared

    async def _known(self, redis: Redis, names: set[str]) -> dict[str, Known]:
        ordered = sorted(names)
        found = await redis.hmget(self._keys.pathways, ordered)
        pathways = {
            name: msgspec.json.decode(value, type=Pathway)
            for name, value in zip(ordered, found, strict=True)
            if value is not None
        }
        clocks = await self._clocks(redis, [each for pathway in pathways.values() for each in pathway.clock_ids])
        return dict.fromkeys(names, NOTHING) | {
            name: Known(pathway, {each: clocks[each] for each in pathway.clock_ids if each in clocks})
            for name, pathway in pathways.items()
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
        if now.pathway is None:
            return [*commands, ("HDEL", self._keys.pathways, name)]
        return [*commands, ("HSET", self._keys.pathways, name, msgspec.json.encode(now.pathway))]

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
        return NOTHING
    message = read(record.value, PathwayMessage)
    if message.pathway != text_key(record):
        raise UnreadableError("the key is not the pathway of the record")
    clocks = {keys_of(clock).clock_id: clock for clock in message.clocks or ()}
    if not known.takes(message):
        prepared.repeated += 1
        return known
    if not clocks:
        return NOTHING
    pathway = Pathway(
        patient=message.patient,
        revision=message.revision,
        incomplete=message.incomplete,
        rulebook=message.rulebook,
        reading=message.reading,
        clock_ids=list(clocks),
    )
    return Known(pathway, clocks)


def entry_of(clock: StoredClock) -> Entry:
    """Return the index entry of a stored clock."""
    keys = keys_of(clock)
    return Entry(keys.deadline, keys.clock_id, keys.unit, keys.right, keys.package, keys.state, keys.tier)
