"""`fristvagt repartition`: everything to more partitions, while nothing runs."""

import asyncio

import typer

from deploy.doctor import topics_of
from deploy.errors import BadInputError, CommandError
from deploy.redis import redis_client
from deploy.repartition import Move
from deploy.settings import Settings, load_settings
from deploy.transport import transport_options
from stream.worker.transport import TransportError


def repartition() -> None:
    """Move everything to more partitions, while nothing runs.

    Stop intake and api, let the workers read to the end, stop them and the projector. Set FRISTVAGT_PARTITIONS to the
    new count everywhere, run this once, and start everything again. Hospitals may go on writing to the inbox. A move
    that was broken off goes on when it is run again. deploy/docs/kafka.md tells more.
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
        await Move(transport_options(settings), specs, redis, typer.echo).run()
