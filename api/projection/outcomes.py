"""How many clocks each unit closed in each month, and how: kept up to date as clocks come and go.

Counting is done where a clock changes, in the transaction that changes it, so nobody has to read a million closed
clocks to see a share. Only clocks that a start closed, of rights that have offered dates, are counted: nobody's wish
moves the duty to inform, and what was interrupted has no such outcome.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from api.projection.index import Command
from api.projection.keys import Keys
from stream.signs.rising import Group

BY_A_START: Final = frozenset({"within", "over_health", "over_patient_wish", "over_capacity_offered", "not_complied"})
ADD: Final = (
    "for at = 1, #ARGV, 2 do "
    "if redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) == 0 then redis.call('HDEL', KEYS[1], ARGV[at]) end "
    "end"
)
"""Script that adds to many fields and takes away what is 0: one command for a run of records costs far less."""
_MONTH: Final = len("2026-02")


def count_commands(
    keys: Keys, left: Iterable[Mapping[str, Any]], arrived: Iterable[Mapping[str, Any]]
) -> list[Command]:
    """Return the commands that count the stored clocks that arrived, and no longer those that left."""
    changes: Counter[Group] = Counter(filter(None, map(_group_of, arrived)))
    changes.subtract(Counter(filter(None, map(_group_of, left))))
    pairs = ((msgspec.json.encode(group), change) for group, change in sorted(changes.items()) if change)
    arguments = [argument for pair in pairs for argument in pair]
    return [("EVAL", ADD, 1, keys.outcomes, *arguments)] if arguments else []


async def counted(redis: Redis, keys: Keys) -> dict[Group, int]:
    """Return the counts as they stand."""
    found = await redis.hgetall(keys.outcomes)
    return {msgspec.json.decode(field, type=Group): int(count) for field, count in found.items()}


def _group_of(clock: Mapping[str, Any]) -> Group | None:
    unit, closed_on, outcome = clock.get("unit"), clock.get("closed_on"), clock.get("outcome")
    if outcome not in BY_A_START or not (unit and closed_on and clock.get("binding")):
        return None
    return Group(unit, closed_on[:_MONTH], outcome)
