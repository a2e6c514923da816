"""Reading the embedded log from beside: a connection of its own that needs no lock."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from functools import partial
from typing import TypeVar

from stream.worker.transport.embedded import tables
from stream.worker.transport.embedded.failures import explained
from stream.worker.transport.embedded.files import database_path, open_for_reading
from stream.worker.transport.errors import TopicError
from stream.worker.transport.options import TransportOptions
from stream.worker.transport.runs import Record

Result = TypeVar("Result")

_AT_ONCE = 1000
"""Records in one read."""


async def end_offsets(options: TransportOptions, topic: str) -> dict[int, int]:
    """Return the end of each partition. Raises TopicError."""
    return await _query(options, partial(_ends, topic=topic))


async def read_batches(
    options: TransportOptions, topic: str, partition: int | None, start: int, end: int | None
) -> AsyncGenerator[tuple[int, list[Record]], None]:
    """Iterate over records, partition by partition. Raises TopicError."""
    ends = await end_offsets(options, topic)
    logs = dict(enumerate(await _query(options, partial(_logs, topic=topic))))
    for p in sorted(logs) if partition is None else [partition]:
        position, stop = start, ends[p] if end is None else min(end, ends[p])
        while position < stop:
            records = await _query(options, partial(tables.read, log=logs[p], start=position, end=stop, limit=_AT_ONCE))
            yield p, records
            position = records[-1].offset + 1 if records else stop


async def topics(options: TransportOptions) -> dict[str, tables.StoredTopic]:
    """Return the topics of the log; none if the directory holds no log."""
    found = await asyncio.to_thread(_with_log, options, tables.topics)
    return found or {}


async def _query(options: TransportOptions, work: Callable[[sqlite3.Connection], Result]) -> Result:
    result = await asyncio.to_thread(_with_log, options, work)
    if result is None:
        raise TopicError(f"{options.directory} holds no log: is the directory right, and was it ever started?")
    return result


def _with_log(options: TransportOptions, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
    db = open_for_reading(options.directory)
    if db is None:
        return None
    with explained(database_path(options.directory)), closing(db):
        return work(db)


def _logs(db: sqlite3.Connection, topic: str) -> list[int]:
    stored = tables.topics(db).get(topic)
    if stored is None:
        raise TopicError(f"there is no topic {topic} in this log")
    return tables.logs_of(stored)


def _ends(db: sqlite3.Connection, topic: str) -> dict[int, int]:
    return {p: tables.end_offset(db, log) for p, log in enumerate(_logs(db, topic))}
