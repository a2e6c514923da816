"""The processes of the real deployment: worker, intake, projector and api, each alone in its process."""

from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest

from deploy import logs
from deploy.apps import AppProbe
from deploy.errors import BadInputError, CommandError
from deploy.health import HealthServer
from deploy.rooms import Rooms
from deploy.sending import SenderPart
from deploy.serving import api_deps, api_settings
from deploy.settings import Settings, variable
from deploy.supervise import Part, run, supervise
from deploy.webserver import WebServer, bind
from stream.worker.transport import TransportError

HEALTH_PORTS: Final = {"worker": 8101, "intake": 8102, "projector": 8103}
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
    parts = api_parts(rooms) if kind == "api" else app_parts(kind, rooms)
    return await supervise(parts, stop_seconds=settings.stop_seconds)


def app_parts(kind: str, rooms: Rooms) -> list[Part]:
    """Return an app and its health server."""
    room, settings = BUILD[kind](rooms), rooms.settings
    port = settings.health_port or HEALTH_PORTS[kind]
    listener = bind(settings.health_host, port, variable("health_port"))
    health = HealthServer(ProcessProbe(room.probe, rooms.registry))
    return [WebServer("health", health, listener), room.part]


def api_parts(rooms: Rooms) -> list[Part]:
    """Return the API and what it needs."""
    from api.app import create_app  # noqa: PLC0415 - a worker that comes back must not wait for a web framework

    settings = rooms.settings
    listener = bind(settings.http_host, settings.http_port, variable("http_port"))
    sender = SenderPart(rooms.options)
    deps = api_deps(rooms, sender, api_settings(settings))
    return [sender, WebServer("api", create_app(deps), listener, stopping=deps.stopping)]
