"""The outputs of the runs taken together. Nothing leaves before `store`, nothing is settled before it has returned.

Order: outputs acknowledged, then rows. A crash in between repeats outputs and loses none, and a row never claims an
output that is not stored. On the embedded transport outputs, rows and offsets of the runs are one SQLite transaction,
so that a kill repeats nothing either. Therefore runs have one store.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import KafkaError

from stream.worker.transport.errors import AppCrashedError, RecordTooLargeError, SendError, TransportError
from stream.worker.transport.producing import Outgoing
from stream.worker.transport.runs import current_messages

Headers = Sequence[tuple[str, bytes]]


class Outbox:
    """Collects what one run, or one turn of a timer, sends out.

    `timeout` is how many seconds `store` may take; without it the transport's `send_timeout` holds. Whatever `store`
    raises has already crashed the app: let it leave the agent.
    """

    def __init__(self, app: Any, timeout: float | None = None) -> None:
        self._app = app
        self._timeout: float = app.options.send_timeout if timeout is None else timeout
        self._outputs: list[Outgoing] = []
        self._rows: dict[tuple[str, bytes], tuple[Any, Outgoing]] = {}
        self._messages = current_messages.get()
        for message in self._messages:
            message.boxes.append(self)

    @property
    def pending(self) -> bool:
        """Whether anything is not stored yet."""
        return bool(self._outputs or self._rows)

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, *, partition: int | None = None, headers: Headers = ()
    ) -> None:
        """Add a record. Raises RecordTooLargeError, with the outbox unchanged."""
        self._outputs.append(self._checked(Outgoing(topic, key, value, partition, tuple(headers))))

    def put(self, table: Any, key: bytes, row: bytes | None, *, partition: int) -> None:
        """Set a row of a table, or delete it (None). `partition` is the run's. Raises RecordTooLargeError."""
        headers = tuple(table.data.headers(partition))
        record = self._checked(Outgoing(table.changelog_topic_name, key, row, partition, headers))
        self._rows[record.topic, key] = (table, record)

    def get(self, table: Any, key: bytes) -> bytes | None:
        """Return the row as it will be: the one put here, else the table's."""
        waiting = self._rows.get((table.changelog_topic_name, key))
        row: bytes | None = waiting[1].value if waiting else table.data.get(key)
        return row

    async def store(self) -> None:
        """Return when everything is stored and the tables show it; the outbox is empty then.

        Raises SendError, or AppCrashedError if the app had crashed before: then nothing more may be written. Raises
        UnsettledRunError if the run was stored before: a kill between two stores would lose the second.
        """
        if self._app.crashed:
            raise AppCrashedError(
                f"{self._app.conf.id} has crashed and writes nothing more"
            ) from self._app.crash_reason
        rows = list(self._rows.values())
        try:
            async with asyncio.timeout(self._timeout):
                await self._write([record for _, record in rows])
        except (TimeoutError, KafkaError, sqlite3.Error, TransportError) as error:
            await self._give_up(error)
        for table, record in rows:
            table.data.set_row(record.partition, record.key, record.value)
        self._outputs, self._rows = [], {}

    async def _write(self, rows: Sequence[Outgoing]) -> None:
        if not self._messages:
            await self._app.producer.store(self._outputs, rows)
            return
        for message in self._messages:
            message.store_once()
        await self._app.producer.store_runs(self._outputs, rows, [message.run for message in self._messages])

    async def _give_up(self, cause: Exception) -> None:
        why = f"not acknowledged within {self._timeout} s" if isinstance(cause, TimeoutError) else str(cause)
        topics = sorted({record.topic for record in self._outputs} | {topic for topic, _ in self._rows})
        hint = "" if isinstance(cause, TransportError) else ". Does each topic exist, is the log reachable?"
        error = SendError(f"could not store in {', '.join(topics)}: {why}{hint}")
        await self._app.crash(error)
        raise error from cause

    def _checked(self, record: Outgoing) -> Outgoing:
        limit = self._app.options.max_message_bytes
        if record.size > limit:
            raise RecordTooLargeError(f"a record for {record.topic} has {record.size} bytes, more than {limit}")
        return record
