"""Silent sources, found from all facts that there are: known after any restart, whoever took the events in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from prometheus_client import CollectorRegistry, Gauge

from api.projection.index import Command
from api.projection.keys import Keys, Store, as_text
from stream.clock import parse_moment
from stream.facts.moments import read_moment
from stream.worker.metrics import MAX_SOURCES
from stream.worker.sources import Silence, Silences

AHEAD: Final = timedelta(days=1)
"""So far ahead of what is known a moment is a typing error, and would hide the source's silence until it has come."""
LOOK_EVERY: Final = 10.0
"""Seconds between two looks. Silence is measured in hours."""


def latest_command(keys: Keys, seen: Iterable[tuple[str, str]]) -> list[Command]:
    """Return the command that notes when sources recorded events last; none without events.

    `seen` are sources and moments as they stand in accepted events. The greatest moment stands whichever partition
    is written first, so no order between writers is needed.
    """
    latest: dict[str, float] = {}
    for source, text in seen:
        moment = read_moment(text)
        if moment is not None:
            latest[source] = max(moment.timestamp(), latest.get(source, 0.0))
    pairs: list[Any] = [value for source, moment in latest.items() for value in (moment, source)]
    return [("ZADD", keys.sources, "GT", *pairs)] if pairs else []


class SourceWatch:
    """Says in the read model and in figures which sources are silent."""

    def __init__(self, store: Store, silences: Silences, registry: CollectorRegistry) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._silences = silences
        self._lasted = _gauge(registry, "fristvagt_source_silence_seconds", "Time since the last event of a source")
        self._limit = _gauge(registry, "fristvagt_source_silence_limit_seconds", "After how long a source is silent")
        self._looked: float | None = None

    async def look(self, monotonic: float) -> None:
        """Look after the sources, if the last look is some seconds ago.

        They are judged by what is known: silence ends at `as_of`, for what was sent since may still be on its way.
        """
        if self._looked is not None and monotonic - self._looked < LOOK_EVERY:
            return
        as_of = await self._redis.get(self._keys.as_of)
        if as_of is None:
            return
        now = parse_moment(as_text(as_of))
        silences = list(self._silences.look(await self._latest(now), now))
        silent = [each.source for each in silences if each.too_long]
        await self._redis.set(self._keys.silent, msgspec.json.encode(silent))
        self._show(silences)
        self._looked = monotonic

    async def _latest(self, now: datetime) -> dict[str, datetime]:
        """Return when each source recorded its last event; one dated far ahead counts as recorded now."""
        found: Any = await self._redis.zrange(self._keys.sources, 0, -1, withscores=True)
        latest = {as_text(source): datetime.fromtimestamp(moment, UTC) for source, moment in found}
        ahead = {source: now for source, moment in latest.items() if moment > now + AHEAD}
        if ahead:
            await self._redis.zadd(self._keys.sources, {source: now.timestamp() for source in ahead})
        return latest | ahead

    def _show(self, silences: list[Silence]) -> None:
        self._lasted.clear()
        self._limit.clear()
        for each in sorted(silences, key=lambda each: each.too_long, reverse=True)[:MAX_SOURCES]:
            self._lasted.labels(each.source).set(each.lasted / timedelta(seconds=1))
            if each.limit is not None:
                self._limit.labels(each.source).set(each.limit / timedelta(seconds=1))


def _gauge(registry: CollectorRegistry, name: str, text: str) -> Gauge:
    return Gauge(name, text, ["source"], registry=registry)
