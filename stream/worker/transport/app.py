"""Faust apps with the settings that lose nothing, and the topics and tables they may use."""

from typing import Any
from urllib.parse import quote

import faust
from faust import stores
from faust.transport import drivers

from stream.worker.transport.errors import OptionsError
from stream.worker.transport.options import TopicSpec, TransportOptions, topic_config
from stream.worker.transport.recovering import OwnTableManager
from stream.worker.transport.rows import RowStore

stores.STORES.aliases["rows"] = f"{RowStore.__module__}:{RowStore.__name__}"
drivers.TRANSPORTS.aliases["embedded"] = "stream.worker.transport.embedded.transport:Transport"
drivers.TRANSPORTS.aliases["kafka"] = "stream.worker.transport.kafka.transport:Transport"


class WorkerApp(faust.App):  # type: ignore[misc]  # Faust has no types here
    """A Faust app over one of our transports."""

    options: TransportOptions
    declared: dict[str, TopicSpec]
    row_tables: dict[str, Any]
    """Tables by the name of their changelog."""

    async def _on_agent_error(self, _agent: Any, exc: BaseException) -> None:
        """End the app. Stock Faust counts the run as done and starts the agent again behind it."""
        await self.crash(exc)

    def _create_directories(self) -> None:
        """Make none: nothing is kept in files of Faust's."""


def build_app(name: str, options: TransportOptions, **settings: Any) -> WorkerApp:
    """Make an app; `name` is its consumer group and the prefix of its changelogs. `settings` go to Faust as they are.

    Any exception that leaves an agent of it crashes the app.
    """
    app = WorkerApp(
        name,
        broker=_broker_url(options),
        store="memory://",
        TableManager=OwnTableManager,
        processing_guarantee="at_least_once",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        stream_wait_empty=True,
        broker_commit_interval=options.commit_interval,
        broker_session_timeout=options.session_timeout,
        broker_heartbeat_interval=options.heartbeat_interval,
        broker_request_timeout=options.request_timeout,
        broker_credentials=_credentials(options),
        consumer_group_instance_id=options.instance_id,
        **_place(options),
        consumer_auto_offset_reset="none",
        producer_max_request_size=2 * options.max_message_bytes,
        **settings,
    )
    app.options = options
    app.declared = {}
    app.row_tables = {}
    app.finalize()
    return app


def topic(
    app: WorkerApp, name: str, partitions: int, *, compacted: bool = False, retention: float | None = None
) -> Any:
    """Declare a topic of raw bytes and return it for an agent. `retention` is in seconds; None keeps for ever."""
    config = topic_config(compacted=compacted, retention=retention)
    app.declared[name] = TopicSpec(name, partitions, app.options.replication, config)
    return _faust_topic(app, name)


def topics(app: WorkerApp, *names: str) -> Any:
    """Return one Faust topic over several declared ones, so that one agent reads them all. Raises OptionsError."""
    unknown = [name for name in names if name not in app.declared]
    if unknown or len({app.declared[name].partitions for name in names}) != 1:
        raise OptionsError(
            f"{', '.join(names)} must be declared with topic() first, with the same number of partitions"
        )
    return _faust_topic(app, *names)


def rows_table(app: WorkerApp, name: str, partitions: int) -> Any:
    """Make a table of bytes by bytes. Write rows with `Outbox.put`, read them with `Outbox.get` or ``table.data``."""
    # A URL without a host is false, and Faust would take its own store.
    table = app.Table(name, key_type=bytes, value_type=bytes, partitions=partitions, store="rows://memory")
    changelog = table.changelog_topic_name
    app.row_tables[changelog] = table
    config = topic_config(compacted=True, retention=None)
    app.declared[changelog] = TopicSpec(changelog, partitions, app.options.replication, config)
    return table


def declared_topics(app: WorkerApp) -> list[TopicSpec]:
    """Return every topic the app needs, its changelogs included."""
    return list(app.declared.values())


def _place(options: TransportOptions) -> dict[str, str]:
    """Return where a named instance says that it is: Faust refuses the partitions that Kafka kept for another place."""
    return {} if options.instance_id is None else {"canonical_url": f"http://{quote(options.instance_id)}"}


def _faust_topic(app: WorkerApp, *names: str) -> Any:
    return app.topic(
        *names,
        key_type=bytes,
        key_serializer="raw",
        value_type=bytes,
        value_serializer="raw",
    )


def _broker_url(options: TransportOptions) -> str:
    if options.kind == "embedded":
        return "embedded://here"
    return ";".join(f"kafka://{server}" for server in options.bootstrap)


def _credentials(options: TransportOptions) -> Any:
    if options.sasl is not None:
        return faust.SASLCredentials(
            username=options.sasl.username,
            password=options.sasl.password,
            mechanism=options.sasl.mechanism,
            ssl_context=options.tls,
        )
    return faust.SSLCredentials(options.tls) if options.tls is not None else None
