"""`fristvagt repartition`: everything to more partitions, while nothing runs."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from alerts.records import ledgerbook
from alerts.records.database import Database
from alerts.records.errors import RecordsError
from deploy.doctor import topics_of
from deploy.errors import BadInputError, CommandError
from deploy.records import open_records, records_file
from deploy.redis import redis_client
from deploy.repartition import Move
from deploy.settings import Settings, load_settings
from deploy.transport import transport_options
from stream.worker.transport import TransportError


def repartition() -> None:
    """Move everything to more partitions, while nothing runs.

    Stop intake and api, let the workers read to the end, stop them, the projector and the notifier. Set
    FRISTVAGT_PARTITIONS to the new count everywhere, run this once, and start everything again. Hospitals may go on
    writing to the inbox. A move that was broken off goes on when it is run again. deploy/docs/kafka.md tells more.
    """
    settings = load_settings()
    if settings.transport == "embedded":
        raise BadInputError("the partitions of an embedded log cannot be grown: replay its facts into a new one")
    try:
        asyncio.run(_move(settings))
    except TransportError as error:
        raise CommandError(str(error)) from error


async def _move(settings: Settings) -> None:
    specs = {spec.name: spec for spec in topics_of(settings)}
    async with redis_client(settings) as redis:
        with _records(settings) as rewind:
            await Move(transport_options(settings), specs, redis, typer.echo, rewind).run()


@contextmanager
def _records(settings: Settings) -> Iterator[Callable[[], None]]:
    """Give what lets the ledger book begin anew; nothing where there is none. Raises BadInputError before the move."""
    if not (settings.records_url or records_file(settings).exists()):
        yield lambda: None
        return
    try:
        database = open_records(settings)
        database.check()
    except RecordsError as error:
        raise BadInputError(f"the records have to begin anew with the move: {error}") from error
    try:
        yield lambda: _rewind(database)
    finally:
        database.close()


def _rewind(database: Database) -> None:
    with database.begin() as connection:
        ledgerbook.rewind(connection)
