"""From ``fristvagt.facts`` and ``fristvagt.progress``: accepted events, for explanations, and the worker's progress."""

import hashlib
from collections.abc import Sequence

from redis.asyncio import Redis

from api.projection.keys import Keys
from api.projection.messages import FactEvent, ProgressMessage, UnreadableError, read
from api.projection.reducer import Prepared, Record
from api.projection.sources import latest_command
from stream.clock import parse_moment


class FactReducer:
    """Keeps every accepted event of a patient. Order and retraction are for those who fold them.

    With a `retention` (seconds) a patient's events go that long after the last of them was written.
    """

    def __init__(self, keys: Keys, retention: float | None = None) -> None:
        self._keys = keys
        self._retention = retention

    async def prepare(self, _redis: Redis, records: Sequence[Record]) -> Prepared:
        """Return the commands that keep the events; an event known already is kept once."""
        prepared = Prepared()
        seen: list[tuple[str, str]] = []
        latest: dict[str, float] = {}
        for record in records:
            value = record.value or b""
            try:
                event = read(value, FactEvent)
            except UnreadableError as error:
                prepared.unreadable[record.offset] = str(error)
            else:
                seen.append((event.source, event.time or event.data.occurred_at))
                digest = hashlib.sha256(value).hexdigest()[:32]
                prepared.commands.append(("HSET", self._keys.facts(event.partitionkey), digest, value))
                latest[self._keys.facts(event.partitionkey)] = record.timestamp
        prepared.commands += latest_command(self._keys, seen)
        if self._retention is not None:
            prepared.commands += [("EXPIREAT", key, int(at + self._retention)) for key, at in latest.items()]
        return prepared


class ProgressReducer:
    """Keeps the last progress record of each partition."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def prepare(self, _redis: Redis, records: Sequence[Record]) -> Prepared:
        """Return the commands that keep the newest progress."""
        prepared = Prepared()
        for record in records:
            value = record.value or b""
            try:
                progress = read(value, ProgressMessage)
                for moment in (progress.caught_up_at, progress.inbox.judged_at):
                    if moment is not None:
                        parse_moment(moment)
            except (UnreadableError, ValueError) as error:
                prepared.unreadable[record.offset] = str(error)
            else:
                prepared.commands.append(("HSET", self._keys.progress, progress.partition, value))
        return prepared
