"""Looks for leading signs: all patients with an open clock, some at a time, round after round.

One projector of several does a round, under a lock that ends by itself if its owner dies; the others see in the read
model when the last one ended. A round is never told in part: figures change when it is over. What a round leaves in the
read model can be thrown away; the next one makes it anew.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from api.projection.ground import READY
from api.projection.index import Index
from api.projection.keys import SCHEMA, Store, as_text
from api.projection.outcomes import counted
from api.projection.sign_figures import Round, SignFigures
from stream.clock import WallClock, format_moment, parse_moment
from stream.facts.units import Units
from stream.law.fact import local_date
from stream.signs import Looker, Sign, rising
from stream.signs.patient import Place

logger = logging.getLogger(__name__)

WALL: Final = WallClock()
ROUND_EVERY: Final = timedelta(minutes=15)
"""How long after a round the next one begins (wall time, by the pace of the law's clock)."""
ROUND_SOONEST: Final = timedelta(seconds=5)
LEASE_SECONDS: Final = 60.0
"""After how long without a turn a round's lock is free again."""
CLOCKS_A_TURN: Final = 2000
PATIENTS_A_TURN: Final = 100
"""How much is done in a turn, so that the projector never stops for long."""


class _Held(msgspec.Struct, frozen=True):
    """What a round reads of a stored clock."""

    clock_id: str
    patient: str
    pathway: str
    right: str
    line: int


@dataclass(slots=True)
class _Work:
    """A round that is under way, for the aware moment `at`."""

    lock: Lock
    at: datetime
    clock_ids: list[str]
    whose: dict[str, dict[Place, str]] = field(default_factory=dict)
    patients: list[str] | None = None
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    failed: int = 0


class SignWatch:
    """Keeps the signs in the read model, and figures of them. `now` is wall time; `every` too."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it looks with, at and for, and how often
        self,
        store: Store,
        looker: Looker,
        units: Units,
        registry: CollectorRegistry,
        every: timedelta = ROUND_EVERY,
        now: Callable[[], datetime] = WALL.now,
    ) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._index = Index(store.keys, "clocks")
        self._looker = looker
        self._units = units
        self._every = every
        self._now = now
        self._figures = SignFigures(registry, now)
        self._work: _Work | None = None

    async def turn(self) -> None:
        """Do a bounded piece of a round, if one is due or under way. What fails ends it; the next one is whole."""
        try:
            await self._turn()
        except Exception:
            self._work = None
            self._figures.failed_turns.inc()
            raise

    async def _turn(self) -> None:
        last = await self._last()
        if last is not None:
            self._figures.show(last)
        if self._work is None and self._is_due(last):
            self._work = await self._begin()
        if self._work is None:
            return
        try:
            await self._work.lock.reacquire()
        except LockError:
            logger.warning("another projector looks for signs now")
            self._work = None
            return
        await self._go_on(self._work)

    def _is_due(self, last: Round | None) -> bool:
        """Tell whether a round should begin; one that ended after now was timed by a clock that has been set back."""
        age = timedelta(0) if last is None else self._now() - last.ended_at
        return last is None or not timedelta(0) <= age < self._every

    async def _go_on(self, work: _Work) -> None:
        if work.clock_ids:
            await self._ask_whose(work)
        elif work.patients is None:
            work.patients = sorted(work.whose)
        elif work.patients:
            chunk, work.patients = work.patients[:PATIENTS_A_TURN], work.patients[PATIENTS_A_TURN:]
            await self._look(work, chunk)
        else:
            await self._end(work)

    async def _last(self) -> Round | None:
        value = await self._redis.get(self._keys.signs_round)
        return None if value is None else msgspec.json.decode(value, type=Round)

    async def _begin(self) -> _Work | None:
        """Begin a round, for what is known; None while the read model is not there or somebody else is at it."""
        schema, state = (as_text(each or b"") for each in await self._redis.hmget(self._keys.meta, ["schema", "state"]))
        as_of = await self._redis.get(self._keys.as_of)
        if (schema, state) != (SCHEMA, READY) or as_of is None:
            return None
        lock = self._redis.lock(self._keys.signs_lock, timeout=LEASE_SECONDS)
        if not await lock.acquire(blocking=False):
            return None
        clock_ids = [entry.id for entry in await self._index.live(self._redis)]
        return _Work(lock, parse_moment(as_text(as_of)), clock_ids)

    async def _ask_whose(self, work: _Work) -> None:
        chunk, work.clock_ids = work.clock_ids[:CLOCKS_A_TURN], work.clock_ids[CLOCKS_A_TURN:]
        for value in await self._redis.hmget(self._keys.clocks, chunk):
            if value is not None:
                held = msgspec.json.decode(value, type=_Held)
                work.whose.setdefault(held.patient, {})[held.pathway, held.right, held.line] = held.clock_id

    async def _look(self, work: _Work, patients: Sequence[str]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for patient in patients:
            pipe.hvals(self._keys.facts(patient))
        found: dict[str, tuple[Sign, ...]] = {}
        for patient, values in zip(patients, await pipe.execute(), strict=True):
            found[patient] = self._signs_of(work, patient, values)
            await asyncio.sleep(0)
        await self._store(found)

    def _signs_of(self, work: _Work, patient: str, values: Sequence[bytes]) -> tuple[Sign, ...]:
        ids = work.whose[patient]
        try:
            signs = self._looker.look(map(msgspec.json.decode, values), ids, work.at)
        except Exception:
            # One patient that cannot be folded must not keep the others' signs away. The watch reports it too.
            logger.exception("no signs could be looked for", extra={"pathway": next(iter(ids))[0]})
            work.failed += 1
            return ()
        self._count(work, signs)
        return signs

    async def _store(self, found: dict[str, tuple[Sign, ...]]) -> None:
        pipe = self._redis.pipeline(transaction=True)
        for patient, signs in found.items():
            if signs:
                pipe.hset(self._keys.signs, patient, msgspec.json.encode(signs))
            else:
                pipe.hdel(self._keys.signs, patient)
        await pipe.execute()

    async def _end(self, work: _Work) -> None:
        """Take away what no open clock stands behind, look at the units, and tell what came of the round."""
        kept = map(as_text, await self._redis.hkeys(self._keys.signs))
        gone = [patient for patient in kept if patient not in work.whose]
        counts = await counted(self._redis, self._keys)
        of_units = rising(counts, local_date(work.at), self._looker.settings.patient_wish_rising)
        self._count(work, of_units)
        ended = Round(format_moment(self._now()), format_moment(work.at), _listed(work.counts), work.failed)
        pipe = self._redis.pipeline(transaction=True)
        if gone:
            pipe.hdel(self._keys.signs, *gone)
        pipe.set(self._keys.unit_signs, msgspec.json.encode(of_units))
        pipe.set(self._keys.signs_round, msgspec.json.encode(ended))
        await pipe.execute()
        self._figures.show(ended)
        self._work = None
        await work.lock.release()

    def _count(self, work: _Work, signs: Sequence[Sign]) -> None:
        today = local_date(work.at)
        for sign in signs:
            work.counts[sign.name, self._units.region(sign.unit, today) or "none"] += 1


def _listed(counts: dict[tuple[str, str], int]) -> tuple[tuple[str, str, int], ...]:
    return tuple(sorted((name, region, count) for (name, region), count in counts.items()))


def round_every(pace: float) -> timedelta:
    """Return how often rounds are due where the law's clock runs `pace` times as fast as the wall."""
    return max(ROUND_EVERY / pace, ROUND_SOONEST)
