"""The processes of the real deployment: worker, intake, projector, notifier and api, each alone in its process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest

from deploy import logs
from deploy.apps import AppProbe
from deploy.errors import BadInputError, CommandError
from deploy.health import HealthServer
from deploy.notes import Notes
from deploy.records import open_records
from deploy.rooms import Room, Rooms
from deploy.sending import SenderPart
from deploy.serving import api_deps, api_settings
from deploy.settings import Settings, variable
from deploy.supervise import Part, run, supervise
from deploy.webserver import WebServer, bind
from stream.worker.transport import TransportError

HEALTH_PORTS: Final = {"worker": 8101, "intake": 8102, "projector": 8103, "notifier": 8104}
BUILD: Final = {"worker": Rooms.watch, "intake": Rooms.intake, "projector": Rooms.projector}


@dataclass(frozen=True, slots=True)
class ProcessProbe:
    """What a process with one app says of itself."""

    app: AppProbe
    registry: CollectorRegistry

    def dead(self) -> list[str]:
        """Return why the process should be ended."""
        return self.app.dead()

    def not_ready(self) -> list[str]:
        """Return why it is not ready."""
        return self.app.not_ready()

    def metrics(self) -> bytes:
        """Return all metrics."""
        return generate_latest(self.registry)


def run_process(kind: str, settings: Settings) -> int:
    """Run one process until it is stopped; return its exit code. Raises CommandError when it cannot start."""
    if settings.transport == "embedded":
        raise BadInputError(
            f"{kind} is a process of a deployment on Kafka, and the transport is embedded, which is one process:"
            f" use `fristvagt demo`, or set {variable('transport')}=kafka"
        )
    logs.configure(settings.log_format, settings.log_level)
    try:
        return run(_run(kind, settings), stop_seconds=settings.stop_seconds)
    except TransportError as error:
        raise CommandError(str(error)) from error


async def _run(kind: str, settings: Settings) -> int:
    rooms = Rooms(settings, settings.make_clock())
    parts = PARTS.get(kind, app_parts)(kind, rooms)
    return await supervise(parts, stop_seconds=settings.stop_seconds)


def app_parts(kind: str, rooms: Rooms) -> list[Part]:
    """Return an app and its health server."""
    room = BUILD[kind](rooms)
    return [_health(kind, rooms, room), room.part]


def notifier_parts(kind: str, rooms: Rooms) -> list[Part]:
    """Return the notifier: its database, its app, and what sends."""
    from deploy.notifying.room import notifier_room  # noqa: PLC0415 - the other processes need no database and no mail

    found = notifier_room(rooms)
    return [_health(kind, rooms, found.room), found.before, found.room.part, found.after]


def _health(kind: str, rooms: Rooms, room: Room) -> WebServer:
    settings = rooms.settings
    port = settings.health_port or HEALTH_PORTS[kind]
    listener = bind(settings.health_host, port, variable("health_port"))
    return WebServer("health", HealthServer(ProcessProbe(room.probe, rooms.registry)), listener)


def api_parts(_kind: str, rooms: Rooms) -> list[Part]:
    """Return the API and what it needs."""
    from api.app import create_app  # noqa: PLC0415 - a worker that comes back must not wait for a web framework

    settings = rooms.settings
    listener = bind(settings.http_host, settings.http_port, variable("http_port"))
    sender = SenderPart(rooms.options)
    notes = Notes(open_records(settings)) if settings.records_url else None
    deps = api_deps(rooms, sender, api_settings(settings), notes=notes)
    return [sender, WebServer("api", create_app(deps), listener, stopping=deps.stopping)]


PARTS: Final[Mapping[str, Callable[[str, Rooms], list[Part]]]] = {"api": api_parts, "notifier": notifier_parts}
"""What a process is made of, where that is more than one app."""
