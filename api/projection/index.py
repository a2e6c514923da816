"""The index: what is there, in order, with the facets by which it is found.

An entry is written as a JSON array that begins with what it is ordered by (a date or a moment) and its id. As the
members of a sorted set of one score are sorted as bytes, an index is in order by itself, any entry is a place to go
on from, and one entry tells all that a filter asks about.

What is live (open clocks, open alerts: some thousand in the country) stands in one set that is read whole, and then
filtered and counted here. What has ended piles up over the years; it stands in a set of its own and is read in
ranges, until a page is full.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from redis.asyncio import Redis

from alerts.tiers import Tier
from api.projection.keys import Keys

Command = tuple[str | int | bytes, ...]
"""A Redis command with its arguments, to be sent in a transaction."""

ENDED: Final = frozenset({"closed", "withdrawn"})
"""The states of what is no longer live."""

WHOLE: Final = "return '[' .. table.concat(redis.call('ZRANGE', KEYS[1], 0, -1), ',') .. ']'"
RISING: Final = (
    "return '[' .. table.concat("
    "redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYLEX', 'LIMIT', 0, ARGV[3]), ',') .. ']'"
)
FALLING: Final = RISING.replace("'BYLEX',", "'BYLEX', 'REV',")
"""Scripts that give a set, or a range of it, as one JSON text: thousands of replies would take most of the time."""

CHUNK: Final = 5000
"""Ended entries read at a time while a page is looked for."""

LOWEST, HIGHEST = b"-", b"+"


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A thing of an index. `order` is a date or a moment as text; `state` is a clock's state or an alert's status."""

    order: str
    id: str
    unit: str | None
    right: str
    package: str | None
    state: str
    tier: Tier | None

    @property
    def member(self) -> bytes:
        """The entry as it stands in its set."""
        return msgspec.json.encode(self)

    @property
    def spot(self) -> tuple[str, str]:
        """Where it stands in the order."""
        return (self.order, self.id)


Spot = tuple[str, str]
Fits = Callable[[Entry], bool]
"""Tells whether an entry is asked for."""


@dataclass(frozen=True, slots=True)
class Range:
    """A part of an index: behind the place `after` in its order, and, where that rises, ordered before `before`."""

    after: Spot | None = None
    before: str | None = None
    newest_first: bool = False

    @property
    def ends(self) -> tuple[bytes, bytes]:
        """The two ends as Redis wants them: the first one first."""
        # Of an entry we know how it begins: its order and id, then a comma. The comma's successor lies behind them all.
        after = None if self.after is None else msgspec.json.encode(self.after)[:-1]
        if self.newest_first:
            return (HIGHEST if after is None else b"(" + after, LOWEST)
        before = None if self.before is None else msgspec.json.encode([self.before])[:-1]
        return (LOWEST if after is None else b"[" + after + b"-", HIGHEST if before is None else b"(" + before)


@dataclass(frozen=True, slots=True)
class Index:
    """The index of one kind of thing. Writing is given back as commands; reading asks Redis."""

    keys: Keys
    kind: str

    def _set(self, state: str) -> str:
        return self.keys.name("ended" if state in ENDED else "live", self.kind)

    def put(self, entry: Entry) -> list[Command]:
        """Commands that put in an entry."""
        return [("ZADD", self._set(entry.state), 0, entry.member)]

    def take(self, entry: Entry) -> list[Command]:
        """Commands that take out an entry."""
        return [("ZREM", self._set(entry.state), entry.member)]

    async def live(self, redis: Redis) -> list[Entry]:
        """Return everything that is live, in order."""
        text = await redis.eval_ro(WHOLE, 1, self._set("live"))
        return msgspec.json.decode(text, type=list[Entry])

    async def ended(self, redis: Redis, fits: Fits, limit: int, asked: Range) -> list[Entry]:
        """Return up to `limit` entries of a range that have ended and fit, in its order."""
        found: list[Entry] = []
        while len(found) < limit:
            script = FALLING if asked.newest_first else RISING
            text = await redis.eval_ro(script, 1, self._set("closed"), *asked.ends, str(CHUNK))
            chunk = msgspec.json.decode(text, type=list[Entry])
            found += filter(fits, chunk)
            if len(chunk) < CHUNK:
                break
            asked = replace(asked, after=chunk[-1].spot)
        return found[:limit]
