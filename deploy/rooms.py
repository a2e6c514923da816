"""Builds each app and hands it to its room: one engine, one clock, one registry of metrics a process."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from redis.asyncio import Redis

from api.projection.app import SignRules, build_projector_app
from api.projection.keys import TOPICS as PROJECTED
from api.projection.keys import Keys, Store
from deploy.apps import AppPart, AppProbe
from deploy.redis import redis_client
from deploy.rules import RuleFiles
from deploy.settings import Settings
from deploy.transport import stream_settings, transport_options
from stream.clock import Clock, ScaledClock
from stream.engine import Engine
from stream.facts.intake import Intake as IntakeRules
from stream.facts.markers import Markers
from stream.reconcile.sampling import attach
from stream.signs import Looker
from stream.worker.apps import Setup, build_intake_app, build_watch_app
from stream.worker.intake import Intake
from stream.worker.metrics import IntakeMetrics, WatchMetrics, dead_letter_counter
from stream.worker.names import INBOX, WATCHED
from stream.worker.transport import TransportOptions, WorkerApp
from stream.worker.watch import Watch


class Room(NamedTuple):
    """An app of this process and what it can say of itself."""

    app: WorkerApp
    part: AppPart
    probe: AppProbe


class Embedded(NamedTuple):
    """Log and read model of a demo."""

    options: TransportOptions
    redis: Redis


class Rooms:
    """What the apps of one process share, each made when it is first asked for.

    `embedded` gives the log and the read model of a demo, whose apps make the topics that are missing.
    """

    def __init__(self, settings: Settings, clock: Clock, embedded: Embedded | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.options = embedded.options if embedded else transport_options(settings)
        self.store = Store(embedded.redis if embedded else redis_client(settings), Keys())
        self.registry = CollectorRegistry()
        self._create = embedded is not None
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)

    @cached_property
    def engine(self) -> Engine:
        """The engine by the rules in force. Raises BadInputError."""
        return RuleFiles.of(self.settings).load_engine(self.pace)

    @property
    def pace(self) -> float:
        """How many times as fast as the wall the law's clock runs."""
        return self.clock.factor if isinstance(self.clock, ScaledClock) else 1.0

    @cached_property
    def setup(self) -> Setup:
        """What the apps of the stream share."""
        return Setup(self.options, self.clock, stream_settings(self.settings))

    @cached_property
    def intake_rules(self) -> IntakeRules:
        """By what events are judged."""
        return IntakeRules(Markers.load(), self.engine.units, self.settings.max_event_bytes)

    @cached_property
    def intake_metrics(self) -> IntakeMetrics:
        """What came in."""
        return IntakeMetrics(self.registry, self._dead_letters)

    @cached_property
    def _dead_letters(self) -> Any:
        return dead_letter_counter(self.registry)

    def intake(self) -> Room:
        """Build the app that reads the inbox."""
        return self.room("intake", build_intake_app(self.setup, self.intake_metrics, rules=self.intake_rules), [INBOX])

    def watch(self) -> Room:
        """Build the app that watches the patients."""
        metrics = WatchMetrics(self.registry, self._dead_letters)
        app, watch = build_watch_app(self.setup, self.engine, metrics)
        attach(app, watch, self.engine, self.registry, self.pace)
        room = self.room("watch", app, WATCHED)
        room.probe.further = lambda: watch_reasons(watch)
        return room

    def projector(self) -> Room:
        """Build the app that keeps the read model."""
        app, _ = build_projector_app(self.setup, self.store, self.registry, self._sign_rules)
        return self.room("projector", app, PROJECTED)

    @property
    def _sign_rules(self) -> SignRules:
        signs = RuleFiles.of(self.settings).load_signs()
        return SignRules(Looker(self.engine.rulebook, self.engine.calendar, signs), self.engine.units)

    def every(self) -> list[Room]:
        """Build all apps that there are, those that tell the read side first."""
        return [self.projector(), self.watch(), self.intake()]

    def judge(self) -> Intake:
        """Return the same intake for events that come over HTTP."""
        return Intake(self.clock, self.settings.partitions, self.intake_metrics, self.intake_rules)

    def room(self, name: str, app: WorkerApp, topics: Sequence[str]) -> Room:
        """Make an app a part of this process, which is judged by how it reads the topics."""
        part = AppPart(name, app, stop_seconds=self.settings.stop_seconds, create=self._create)
        return Room(app, part, AppProbe(name, app, topics))


def watch_reasons(watch: Watch) -> list[str]:
    """Return why a watch that has its partitions cannot warn yet."""
    if not watch.is_recovered:
        return ["watch: the rows are being recovered"]
    behind = [number for number, each in watch.deadlines.partitions.items() if each.caught_up_at() is None]
    return [f"watch: partition {number} has not been read to its end yet" for number in behind]
