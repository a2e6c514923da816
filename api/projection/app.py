"""The projector as a Faust app: runs of the topics in, the read model kept true."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from api.projection.as_of import AsOf
from api.projection.keys import TOPICS, Store
from api.projection.metrics import ProjectorMetrics
from api.projection.projector import Ends, Projector
from api.projection.signs import SignWatch, round_every
from api.projection.sources import SourceWatch
from stream.clock import ScaledClock
from stream.facts.units import Units
from stream.signs import Looker
from stream.worker.apps import Setup
from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS, PROJECTOR_GROUP
from stream.worker.transport import Record, TransportError, WorkerApp, build_app, highwater, settled, topic, topics
from stream.worker.transport.reading import end_offsets, read_topic

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often the read model is looked after and `as_of` is brought up to date (wall time)."""

TURN_SECONDS: Final = 1.0
"""How often a piece of looking for leading signs is done (wall time)."""

RETRY_SECONDS: Final = 1.0
"""How long to wait before Redis is asked again when it could not be reached (wall time)."""

Answer = TypeVar("Answer")


class ProjectorWorker(NamedTuple):
    """The projector app and its inside, for readiness and tests."""

    app: WorkerApp
    projector: Projector


class SignRules(NamedTuple):
    """By what leading signs are looked for, and where units belong."""

    looker: Looker
    units: Units


class AppLog:
    """The topics beside the stream: ends as the app's consumer knows them, where it reads every partition."""

    def __init__(self, app: WorkerApp, partitions: int) -> None:
        self._app = app
        self._partitions = partitions

    async def ends(self, topic_name: str, since: float | None = None) -> Ends:
        """Return where the partitions end, as seen at `since` (monotonic seconds) or later."""
        known = [highwater(self._app, topic_name, number) for number in range(self._partitions)]
        found = [each for each in known if each is not None and (since is None or each.seen_at >= since)]
        if len(found) == self._partitions:
            return Ends({number: each.offset for number, each in enumerate(found)}, min(each.seen_at for each in found))
        seen_at = time.monotonic()
        return Ends(await end_offsets(self._app.options, topic_name), seen_at)

    async def read(self, topic_name: str, partition: int, start: int, end: int) -> AsyncIterator[Record]:
        """Yield what the partition holds from `start` up to, not including, `end`."""
        async for _, record in read_topic(self._app.options, topic_name, partition=partition, start=start, end=end):
            yield record


def build_projector_app(
    setup: Setup, store: Store, registry: CollectorRegistry, signs: SignRules, *, name: str = PROJECTOR_GROUP
) -> ProjectorWorker:
    """Build the app that keeps the read model. `name` is its consumer group; its figures go to `registry`.

    It fills the read model before it reads on. While Redis cannot be reached it waits and asks again; what it could
    not write stays unread. Several processes may run: each partition has one writer, and any of them may fill.
    """
    settings = setup.settings
    app = build_app(name, setup.options)
    topic(app, FACTS, settings.partitions, retention=settings.facts_retention)
    topic(app, ALERTS, settings.partitions, retention=settings.alerts_retention)
    topic(app, CLOCKS, settings.partitions, compacted=True)
    topic(app, PROGRESS, settings.partitions, compacted=True)
    metrics = ProjectorMetrics.create(registry)
    log = AppLog(app, settings.partitions)
    projector = Projector(store, log, metrics, settings.facts_retention)
    as_of = AsOf(store, log, metrics, settings.partitions)
    sources = SourceWatch(store, settings.silences, registry)
    pace = setup.clock.factor if isinstance(setup.clock, ScaledClock) else 1.0
    watch = SignWatch(store, *signs, registry, round_every(pace))

    async def project(stream: Any) -> None:
        await patiently(projector.fill)
        async for run in settled(stream):
            await patiently(partial(projector.apply, run.topic, run.partition, run.records))

    async def look() -> None:
        try:
            await projector.repair()
            await as_of.look()
            await sources.look(time.monotonic())
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("Redis cannot be reached: %s", type(error).__name__)
        except TransportError as error:
            logger.warning("the topics cannot be read, asked again in a moment: %s", type(error).__name__)
        except Exception as error:
            logger.exception("the read model can no longer be kept true: the process must end")
            await app.crash(error)

    async def look_for_signs() -> None:
        try:
            await watch.turn()
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("Redis cannot be reached: %s", type(error).__name__)
        except Exception:
            # Signs stand beside the clocks: what goes wrong with them is counted and must not end what keeps those.
            logger.exception("looking for signs went wrong, begun again in a moment")

    app.agent(topics(app, *TOPICS), name="projector")(project)
    app.timer(LOOK_SECONDS)(look)
    app.timer(TURN_SECONDS)(look_for_signs)
    return ProjectorWorker(app, projector)


async def patiently(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Call until Redis and the topics can be reached. A projector that ended would only be started into the same."""
    while True:
        try:
            return await call()
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("Redis cannot be reached, asked again in a moment: %s", type(error).__name__)
        except TransportError as error:
            logger.warning("the topics cannot be read, asked again in a moment: %s", type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)
