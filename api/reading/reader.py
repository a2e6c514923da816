"""Reads the read model: pages of clocks and alerts, one clock, and how far all of it reaches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from alerts.ledger import Transition
from alerts.tiers import rank
from api.projection.alerts import Alert
from api.projection.clocks import Pathway
from api.projection.index import Entry, Index, Range
from api.projection.keys import SCHEMA, Store, as_text
from api.projection.messages import ProgressMessage, read
from api.projection.projector import READY
from api.reading.cursor import Cursor
from api.reading.filters import EntryFilter, RegionOf
from api.reading.freshness import Freshness, Known, judge, judged_at
from stream.clock import Clock, parse_moment
from stream.law.calendar import Calendar
from stream.law.fact import local_date
from stream.view import UnitNames, render

Thing = TypeVar("Thing")

ENDED_ONLY: Final = frozenset({"closed"})


@dataclass(frozen=True, slots=True)
class Page(Generic[Thing]):
    """Some things in order, and where the next page begins; None on the last page."""

    items: list[Thing]
    next: Cursor | None


class Reader:
    """Answers from the read model for the present moment of `clock`.

    Ask for the freshness before what it is said of: an answer may hold more than it says, never less.
    """

    def __init__(self, store: Store, clock: Clock, calendar: Calendar, units: UnitNames) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._clock = clock
        self._calendar = calendar
        self._units = units
        self._clocks = Index(store.keys, "clocks")
        self._alerts = Index(store.keys, "alerts")

    def now(self) -> datetime:
        """Return the moment for which answers are computed (aware, UTC)."""
        return self._clock.now()

    def region_of(self, now: datetime) -> RegionOf:
        """Return how units are placed in regions on the local date of an aware moment."""
        today = local_date(now)
        return cache(lambda unit: self._units.region(unit, today))

    async def freshness(self, now: datetime, max_lag: timedelta) -> Freshness:
        """Return how far answers reach at an aware moment."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.get(self._keys.as_of)
        pipe.hmget(self._keys.meta, ["schema", "state"])
        pipe.hlen(self._keys.unreadable)
        pipe.hvals(self._keys.progress)
        pipe.get(self._keys.silent)
        as_of, (schema, state), unreadable, progress, silent = await pipe.execute()
        words = [read(word, ProgressMessage) for word in progress]
        known = Known(
            as_of=parse_moment(as_text(as_of)) if as_of else None,
            ready=state is not None and as_text(state) == READY and as_text(schema) == SCHEMA,
            unreadable=unreadable,
            judged_at=judged_at(words),
            quarantined=sum(word.quarantined for word in words),
            silent=tuple(msgspec.json.decode(silent, type=list[str])) if silent else (),
        )
        return judge(known, now, max_lag)

    async def open_clocks(self) -> list[Entry]:
        """Return the index entries of all open clocks, in order of deadline."""
        return await self._clocks.live(self._redis)

    async def clocks(
        self, wanted: EntryFilter, now: datetime, limit: int, after: Cursor | None = None
    ) -> Page[dict[str, Any]]:
        """Return a page of clocks in order of deadline, as they read at an aware moment."""
        region_of = self.region_of(now)
        live = [] if wanted.states == ENDED_ONLY else await self.open_clocks()
        found = [each for each in live if wanted.fits(each, region_of) and (not after or each.spot > after.spot)]
        if wanted.asks_for_ended:
            behind = Range(after.spot if after else None, wanted.before)
            found += await self._clocks.ended(self._redis, _fitting(wanted, region_of), limit + 1, behind)
            found.sort(key=lambda entry: entry.spot)
        return await self.shown_page(found, now, limit)

    async def shown_page(self, found: Sequence[Entry], now: datetime, limit: int) -> Page[dict[str, Any]]:
        """Return the clocks of the first `limit` entries, as they read at an aware moment."""
        values = await self._many(self._keys.clocks, found[:limit])
        stored = await self._marked([msgspec.json.decode(value) for value in values if value is not None])
        return Page([self.shown(each, now) for each in stored], _next(found, limit))

    async def clock(self, clock_id: str) -> dict[str, Any] | None:
        """Return a clock as published, or None."""
        value = await self._redis.hget(self._keys.clocks, clock_id)
        return None if value is None else (await self._marked([msgspec.json.decode(value)]))[0]

    async def _marked(self, stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Mark clocks of patients in quarantine as incomplete: the watch cannot write what it cannot fold."""
        words = [read(word, ProgressMessage) for word in await self._redis.hvals(self._keys.progress)]
        quarantined = {patient for word in words for patient in word.quarantined_patients}
        return [each | {"incomplete": True} if each["patient"] in quarantined else each for each in stored]

    def shown(self, stored: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Return a published clock as it reads at an aware moment."""
        return render(stored, now, self._calendar, self._units)

    async def alerts(self, wanted: EntryFilter, now: datetime, limit: int, after: Cursor | None = None) -> Page[Alert]:
        """Return a page of alerts, the latest change first."""
        region_of = self.region_of(now)
        live = await self._alerts.live(self._redis)
        found = [each for each in live if wanted.fits(each, region_of) and (not after or each.spot < after.spot)]
        if wanted.asks_for_ended:
            behind = Range(after.spot if after else None, newest_first=True)
            found += await self._alerts.ended(self._redis, _fitting(wanted, region_of), limit + 1, behind)
        found.sort(key=lambda entry: entry.spot, reverse=True)
        values = await self._many(self._keys.alerts, found[:limit])
        return Page([msgspec.json.decode(value, type=Alert) for value in values if value], _next(found, limit))

    async def alert(self, alert_id: str) -> Alert | None:
        """Return an alert, or None."""
        value = await self._redis.hget(self._keys.alerts, alert_id)
        return None if value is None else msgspec.json.decode(value, type=Alert)

    async def alerts_of(self, clock_ids: Sequence[str]) -> dict[str, Alert]:
        """Return the alerts of clocks by clock id; clocks without one are left out."""
        named = await self._redis.hmget(self._keys.alert_of, list(clock_ids)) if clock_ids else []
        alert_ids = [each for each in named if each is not None]
        values = await self._redis.hmget(self._keys.alerts, alert_ids) if alert_ids else []
        found = [msgspec.json.decode(value, type=Alert) for value in values if value is not None]
        return {each.clock_id: each for each in found}

    async def patients(self, pathway: str) -> list[str]:
        """Return whose pathway a reference is: nobody's as far as is known, one patient's, or by mistake several."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hget(self._keys.pathways, pathway)
        pipe.hget(self._keys.shared, pathway)
        one, others = await pipe.execute()
        known = [] if one is None else [msgspec.json.decode(one, type=Pathway)]
        known += [] if others is None else msgspec.json.decode(others, type=list[Pathway])
        return [each.patient for each in known]

    async def ledger(self, clock_id: str) -> list[Transition]:
        """Return the transitions kept of a clock's alert, oldest first."""
        alert_id = await self._redis.hget(self._keys.alert_of, clock_id)
        if alert_id is None:
            return []
        rows = await self._redis.lrange(self._keys.ledger(as_text(alert_id)), 0, -1)
        return [msgspec.json.decode(row, type=Transition) for row in rows]

    async def events(self, patient: str) -> list[dict[str, Any]]:
        """Return the accepted events kept of a patient, in no order."""
        return [msgspec.json.decode(value) for value in await self._redis.hvals(self._keys.facts(patient))]

    async def _many(self, key: str, entries: Sequence[Entry]) -> Sequence[bytes | str | None]:
        return await self._redis.hmget(key, [entry.id for entry in entries]) if entries else []


def most_urgent(entries: Sequence[Entry], after: Cursor | None = None) -> list[Entry]:
    """Return entries in order of urgency (tier, the highest first, then deadline), from behind a cursor on."""
    ordered = sorted(entries, key=lambda entry: (-rank(entry.tier), entry.spot))
    return [entry for entry in ordered if after is None or Cursor.of(entry).urgency > after.urgency]


def _fitting(wanted: EntryFilter, region_of: RegionOf) -> Callable[[Entry], bool]:
    return lambda entry: wanted.fits(entry, region_of)


def _next(found: Sequence[Entry], limit: int) -> Cursor | None:
    return Cursor.of(found[limit - 1]) if len(found) > limit else None
