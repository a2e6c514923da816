"""What the projector asks of the reducer of a topic: given records, the commands that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from redis.asyncio import Redis

from api.projection.index import Command


class Record(Protocol):
    """A record of a topic: its offset, key and value (bytes, or None for a tombstone)."""

    @property
    def offset(self) -> int:
        """Place in the partition."""

    @property
    def key(self) -> bytes | None:
        """Key as sent."""

    @property
    def value(self) -> bytes | None:
        """Value as sent; None deletes the key in a compacted topic."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Headers as sent."""

    @property
    def timestamp(self) -> float:
        """When it was written, in seconds since 1970."""


@dataclass(slots=True)
class Prepared:
    """What records come to: commands for one transaction, and what could not be used.

    `news` are the commands that tell readers of the stream; they are left out while old records are read again.
    `unreadable` maps offsets to what is wrong. `repeated` counts records that were known already, `shared` those of a
    pathway whose reference another patient uses too.
    """

    commands: list[Command] = field(default_factory=list)
    news: list[Command] = field(default_factory=list)
    unreadable: dict[int, str] = field(default_factory=dict)
    repeated: int = 0
    shared: int = 0


class Reducer(Protocol):
    """Turns records of one partition, in order, into commands. It may read; only the projector writes."""

    async def prepare(self, redis: Redis, records: Sequence[Record], /) -> Prepared:
        """Return the commands of the records."""


MANY: Final = frozenset({"HSET", "HDEL", "ZREM", "RPUSH"})
"""Commands that take several values after their key."""


def merged(commands: Sequence[Command]) -> list[Command]:
    """Put commands of the same kind and key together, where the first of them stands: far fewer, and faster.

    For commands of which no two touch the same field or member of a key.
    """
    parts: dict[Command, list[Command]] = {}
    for number, command in enumerate(commands):
        head = 3 if command[0] == "ZADD" else 2 if command[0] in MANY else 0
        parts.setdefault(command[:head] or (number,), []).append(command)
    return [_joined(part) for part in parts.values()]


def _joined(part: Sequence[Command]) -> Command:
    first = part[0]
    if first[0] == "ZADD":
        return (*first[:2], *(value for each in part for value in each[2:]))
    return first if len(part) == 1 else (*first[:2], *(value for each in part for value in each[2:]))


def text_key(record: Record) -> str:
    """Return a record's key as text; bytes that are no UTF-8 keep their place as replacement characters."""
    return (record.key or b"").decode(errors="replace")
