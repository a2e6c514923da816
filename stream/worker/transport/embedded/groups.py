"""How far a consumer group of the embedded log has come."""

import sqlite3
from collections.abc import Mapping

from faust.types import TP

from stream.worker.transport.embedded import sharing
from stream.worker.transport.errors import TransportError
from stream.worker.transport.options import TransportOptions


class EmbeddedGroup:
    """A group of the log that this process has open. It keeps nothing open itself: nobody waits for it to stop."""

    def __init__(self, options: TransportOptions, group: str, topic: str) -> None:
        self._options = options
        self._group = group
        self._topic = topic

    async def ask(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Return the ends of the partitions and what is committed of them. A topic that is not there is empty."""
        broker = sharing.opened(self._options)
        if broker is None:
            raise TransportError(f"{self._options.directory} is not open: nobody here works with it")
        places = [TP(self._topic, number) for number in range(broker.partitions(self._topic) or 0)]
        ends = {tp.partition: broker.logs[tp].end for tp in places}
        try:
            committed = await broker.committed(self._group, places)
        except (sqlite3.Error, RuntimeError) as error:  # RuntimeError: it is being closed
            raise TransportError(f"the offsets of {self._group} cannot be read: {error}") from error
        return ends, {tp.partition: offset for tp, offset in committed.items()}

    async def close(self) -> None:
        """Nothing is kept open."""
