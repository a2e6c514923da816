"""A stream with patients, damage done to it on purpose, and a reconciliation of it."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.projection.keys import Store
from deploy.reconcile import BATCH, Reconciler
from deploy.reconcile_report import Report
from stream.reconcile.compare import Comparer
from stream.reconcile.gathering import Gatherer
from stream.row import Row
from stream.worker.names import ROWS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TransportOptions, read_topic
from stream.worker.transport.embedded.files import database_path
from stream.worker.transport.embedded.layout import log_of, position_of
from tests.embedded.feeds import outgoing, simulated
from tests.embedded.stack import PARTITIONS
from tests.unit.engine.events import ENGINE

MOMENTS = [datetime(2026, 1, 26, 12, tzinfo=UTC), datetime(2026, 2, 4, 12, tzinfo=UTC)]
AT = MOMENTS[-1]
FEED = simulated(100, 7, date(2026, 1, 5), date(2026, 1, 30), AT)


async def live(stack: Any) -> None:
    """Let the patients of a simulated country come in, with time passing between."""
    sent = 0
    async with stack as running:
        for moment in MOMENTS:
            running.clock.moment = moment
            await running.settle()
            known = [each for each in FEED if datetime.fromisoformat(each["time"]) <= moment]
            await running.write(outgoing(known[sent:], PARTITIONS))
            sent = len(known)
            await running.settle()


def reconciler(
    options: TransportOptions, store: Store | None = None, *, batch: int = BATCH, pause: float = 0.0
) -> Reconciler:
    gatherer = Gatherer(options, PARTITIONS)
    return Reconciler(
        options, gatherer, Comparer(ENGINE, timedelta(minutes=12)), store, lambda: AT, pause=pause, batch=batch
    )


async def looked(options: TransportOptions, store: Store | None = None, **words: Any) -> Report:
    return await reconciler(options, store, **words).look()


async def repaired(options: TransportOptions, store: Store | None = None) -> Report:
    """What a repair says that was sent to a log that nobody reads yet."""
    work = reconciler(options, store)
    return await work.repair(await work.look())


async def last(options: TransportOptions, topic: str) -> dict[bytes, tuple[int, Any]]:
    """The last record of each key, with its partition."""
    return {
        record.key: (number, record)
        async for number, record in read_topic(options, topic)
        if record.key is not None and not record.key.startswith(b"\0")
    }


async def write(options: TransportOptions, topic: str, key: bytes, value: bytes | None, number: int) -> None:
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(topic, key, value, number)])


async def change_row(options: TransportOptions, patient: str, change: Callable[[Row], Row]) -> None:
    """Put another row in a patient's place, as a damaged disk or an error of ours might."""
    number, record = (await last(options, ROWS))[patient.encode()]
    await write(options, ROWS, patient.encode(), change(Row.decode(record.value)).encode(), number)


async def garble_row(options: TransportOptions, patient: str) -> None:
    number, record = (await last(options, ROWS))[patient.encode()]
    await write(options, ROWS, patient.encode(), record.value[:40] + b"\xc1garbage", number)


async def rows(options: TransportOptions) -> dict[str, Row]:
    return {key.decode(): Row.decode(record.value) for key, (_, record) in (await last(options, ROWS)).items()}


def delete_record(options: TransportOptions, topic: str, number: int, offset: int) -> None:
    """Take a record out of a log that nobody has open."""
    with sqlite3.connect(database_path(options.directory)) as db:
        (topic_id,) = db.execute("SELECT id FROM topics WHERE name = ?", (topic,)).fetchone()
        position = position_of(log_of(topic_id, number), offset)
        assert db.execute("DELETE FROM records WHERE position = ?", (position,)).rowcount == 1
    db.close()


def home(patient: str) -> int:
    return partition_of(patient.encode(), PARTITIONS)
