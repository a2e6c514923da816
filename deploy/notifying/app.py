"""The notifier's Faust app: runs of the ledger in, each settled once its transaction is committed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from alerts.records.errors import DatabaseLostError
from deploy.notifying.feeding import Feed
from stream.worker.apps import Setup
from stream.worker.names import ALERTS, NOTIFIER_GROUP
from stream.worker.transport import TransportError, WorkerApp, build_app, settled, topic

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0
"""How long to wait before the database or the topic is asked again (wall time)."""

AWAY: Final = (DatabaseLostError, TransportError)
"""What comes back by itself: a process that ended would only be started into the same."""


def notifier_app(setup: Setup, feed_of: Callable[[WorkerApp], Feed]) -> WorkerApp:
    """Build the app, which feeds what `feed_of` makes for it: first what SQL lacks, then each run."""
    app = build_app(NOTIFIER_GROUP, setup.options)
    ledger = topic(app, ALERTS, setup.settings.partitions, retention=setup.settings.alerts_retention)
    feed = feed_of(app)

    async def feed_all(stream: Any) -> None:
        await patiently(feed.fill)
        async for run in settled(stream):
            await patiently(partial(feed.take, run))

    app.agent(ledger, name="notifier")(feed_all)
    return app


async def patiently(call: Callable[[], Awaitable[None]]) -> None:
    """Call until database and topic can be reached."""
    while True:
        try:
            return await call()
        except AWAY as error:
            logger.warning("asked again in a moment: %s", error)
        await asyncio.sleep(RETRY_SECONDS)
