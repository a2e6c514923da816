"""The whole demo in one process: embedded log and Redis, intake, watch, projector, notifier, API and the feeder."""

import socket
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from alerts.delivery.links import Page
from api.app import create_app
from deploy.demo.feeder import Feeder
from deploy.demo.folder import DataFolder
from deploy.demo.mail import FolderChannel
from deploy.demo.plan import feed_of
from deploy.demo.state import DemoState, Memory
from deploy.embedded_redis import EmbeddedRedis
from deploy.notes import Notes
from deploy.notifying.room import notifier_room
from deploy.records import open_records
from deploy.rooms import Embedded, Rooms
from deploy.sending import SenderPart
from deploy.serving import api_deps, api_settings
from deploy.settings import Settings
from deploy.supervise import Part, supervise
from deploy.transport import log_folder
from deploy.webserver import WebServer
from stream.worker.names import INBOX
from stream.worker.transport import Outgoing, TransportOptions

CONTENT_TYPE: Final = (("content-type", b"application/cloudevents+json"),)


EXAMPLE: Final = Path(__file__).parents[1] / "examples" / "policy.toml"
"""The policy with recipients for the simulated country, where the settings name none."""

ROOM: Final = 200
"""Records an app may have before it, so that it is given more. The first events then are on the page soonest."""


class Demo:
    """The parts of a demo, put together. Use it within a running event loop."""

    def __init__(self, settings: Settings, folder: DataFolder, state: DemoState, listener: socket.socket) -> None:
        memory = Memory(folder.state, state)
        self.clock = memory.clock
        # Not every write waits for the disk: after a power cut a demo may start anew.
        options = TransportOptions(url=f"embedded:{log_folder(folder.path)}", replication=1, synchronous="normal")
        self._redis = EmbeddedRedis(folder.redis)
        rooms = Rooms(settings, memory.clock, Embedded(options, self._redis.client()))
        self._sender = SenderPart(options)
        self._partitions = settings.partitions
        self._sent = count()
        notifier = notifier_room(rooms, FolderChannel(folder.mail, _page(settings)), settings.policy or EXAMPLE)
        apps = [*rooms.every(), notifier.room]
        self._probes = [room.probe for room in apps]
        own = api_settings(settings, simulated=state.story.feed is None, speed=state.speed)
        deps = api_deps(rooms, self._sender, own, self._probes, Notes(open_records(settings)))
        web = WebServer("api", create_app(deps), listener, stopping=deps.stopping)
        feeder = Feeder(feed_of(state.story, rooms.engine), memory, self._send, self._busy)
        running = [notifier.before, *(room.part for room in apps), notifier.after]
        self.parts: Sequence[Part] = [self._redis, self._sender, *running, web, feeder]
        self._stop_seconds = settings.stop_seconds

    async def run(self, on_started: Callable[[], None]) -> int:
        """Run until a signal or a failure and return the exit code."""
        return await supervise(
            self.parts, stop_seconds=self._stop_seconds, on_started=on_started, last_words=self._redis.kill
        )

    def _busy(self) -> bool:
        backlogs = [probe.backlog() for probe in self._probes]
        return any(backlog is None or backlog > ROOM for backlog in backlogs)

    async def _send(self, events: Sequence[bytes]) -> None:
        """Put events into the inbox, one partition after the other: hospitals choose theirs as they like."""
        partition = next(self._sent) % self._partitions
        await self._sender.send([Outgoing(INBOX, None, event, partition, CONTENT_TYPE) for event in events])


def _page(settings: Settings) -> Page:
    return Page(f"http://{settings.http_host}:{settings.http_port}")
