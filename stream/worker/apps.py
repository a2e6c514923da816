"""Builds the two apps of the stream: intake and watch. The composition root gives them transport, clock and engine."""

from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from stream.clock import Clock
from stream.facts.intake import MAX_EVENT_BYTES
from stream.facts.intake import Intake as Rules
from stream.worker.contracts import RowFormat, WatchEngine
from stream.worker.deadlines import Deadlines
from stream.worker.folding import Folder
from stream.worker.inbox import Inbox
from stream.worker.intake import Intake
from stream.worker.late_rows import LateRows
from stream.worker.metrics import IntakeMetrics, Readings, WatchMetrics
from stream.worker.names import (
    ACTIONS,
    ALERTS,
    CLOCKS,
    DEADLETTERS,
    FACTS,
    INBOX,
    PROGRESS,
    TICKS,
    WATCH_GROUP,
    WATCHED,
)
from stream.worker.readings import readings
from stream.worker.rows import EngineRows
from stream.worker.settings import StreamSettings
from stream.worker.transport import OptionsError, TransportOptions, WorkerApp, build_app, rows_table, topic, topics
from stream.worker.transport.groups import GroupWatch, group_of
from stream.worker.watch import Watch

_MARGIN: Final = 1_024
"""Bytes of a record left free when key and value are measured: prefixes and headers come on top."""
_SMALLEST_LIMIT: Final = 4 * MAX_EVENT_BYTES
"""An accepted event must fit into a record, with room to spare."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What every app of a process shares. Raises OptionsError."""

    options: TransportOptions
    clock: Clock
    settings: StreamSettings = field(default_factory=StreamSettings)

    def __post_init__(self) -> None:
        if self.options.max_message_bytes < _SMALLEST_LIMIT:
            raise OptionsError(f"max_message_bytes must be at least {_SMALLEST_LIMIT}: an event would not fit")


class WatchWorker(NamedTuple):
    """The watch app and its inside, for readiness and tests."""

    app: WorkerApp
    watch: Watch


def build_intake_app(setup: Setup, metrics: IntakeMetrics, *, rules: Rules | None = None) -> WorkerApp:
    """Build the app that reads the inbox. Its consumer group is a setting, since the watch must know it too."""
    often = min(setup.options.commit_interval, setup.settings.intake_commit_interval)
    app = build_app(setup.settings.intake_group, replace(setup.options, commit_interval=often))
    inbox = _declare_inbox(app, setup.settings)
    _declare_patient_topics(app, setup.settings)
    agent = Inbox(app, Intake(setup.clock, setup.settings.partitions, metrics, rules))
    app.agent(inbox, name="intake")(agent.agent)
    return app


def build_watch_app(
    setup: Setup,
    engine: WatchEngine,
    metrics: WatchMetrics,
    *,
    rows: RowFormat | None = None,
    name: str = WATCH_GROUP,
) -> WatchWorker:
    """Build the app that watches the patients. `name` is its consumer group and names the table's changelog.

    No alarm fires before intake has judged what was in the inbox, whichever process does so.
    """
    settings = setup.settings
    app = build_app(name, setup.options)
    _declare_inbox(app, settings)
    _declare_patient_topics(app, settings)
    topic(app, TICKS, settings.partitions, retention=settings.ticks_retention)
    topic(app, ALERTS, settings.partitions, retention=settings.alerts_retention)
    topic(app, CLOCKS, settings.partitions, compacted=True)
    topic(app, PROGRESS, settings.partitions, compacted=True)
    table = rows_table(app, "patients", settings.partitions)
    max_bytes = setup.options.max_message_bytes - _MARGIN
    folder = Folder(engine, rows or EngineRows(), setup.clock, settings.partitions, max_bytes)
    intake = GroupWatch(group_of(setup.options, settings.intake_group, INBOX), settings.intake_look_interval)
    watch = Watch(app, table, folder, Deadlines(app, setup.clock, settings, intake), metrics)
    _connect(app, table, watch, settings)
    app.task(intake.run)
    app.timer(settings.late_rows_interval)(LateRows(watch, table, metrics.late_rows, settings).turn)
    metrics.registry.register(Readings(lambda: readings(watch)))
    return WatchWorker(app, watch)


def _declare_inbox(app: WorkerApp, settings: StreamSettings) -> Any:
    return topic(app, INBOX, settings.partitions, retention=settings.inbox_retention)


def _declare_patient_topics(app: WorkerApp, settings: StreamSettings) -> None:
    topic(app, FACTS, settings.partitions, retention=settings.facts_retention)
    topic(app, ACTIONS, settings.partitions, retention=settings.actions_retention)
    topic(app, DEADLETTERS, settings.partitions, retention=settings.deadletters_retention)


def _connect(app: WorkerApp, table: Any, watch: Watch, settings: StreamSettings) -> None:
    app.agent(topics(app, *WATCHED), name="watch")(watch.agent)
    app.timer(settings.pulse)(watch.pulse)
    table.on_recover(watch.recovered)

    async def revoked(*_: Any, **__: Any) -> None:
        watch.revoked()

    app.on_partitions_revoked.connect(revoked, weak=False)
