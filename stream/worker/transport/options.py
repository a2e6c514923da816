"""The one choice of transport and its settings, checked when they are made."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stream.worker.transport.errors import OptionsError

Kind = Literal["embedded", "kafka"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

_MAX_MESSAGE_BYTES = 1_000_000
"""Just below the 1,048,588 bytes that a Kafka broker takes by default (message.max.bytes)."""


@dataclass(frozen=True, slots=True)
class Sasl:
    """Who we are to Kafka. The password never appears in a repr."""

    username: str
    password: str = field(repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """How to reach the log of records. All times are seconds. Raises OptionsError.

    `url` is ``embedded:DIRECTORY`` (one process, SQLite) or ``kafka://host:port,host:port``.
    """

    url: str
    run: int = 500
    """Records in a run at most."""
    send_timeout: float = 30.0
    """How long one `Outbox.store` may take before the process gives up. On Kafka shorter than `session_timeout`."""
    commit_interval: float = 1.0
    session_timeout: float = 45.0
    """Kafka's group session. A process that slept for half of it ends itself (exit code 70)."""
    heartbeat_interval: float = 3.0
    request_timeout: float = 90.0
    """Must not be shorter than `session_timeout`."""
    end_interval: float = 0.25
    """How often Kafka is asked where the partitions end (`highwater`): what has come due waits for it."""
    instance_id: str | None = None
    """Static membership of the Kafka group; a restart within the session moves no partition."""
    replication: int = 3
    """Copies of each topic that we create ourselves on Kafka."""
    max_message_bytes: int = _MAX_MESSAGE_BYTES
    """Key, value and headers of one record together."""
    tls: ssl.SSLContext | None = None
    sasl: Sasl | None = None
    allow_plaintext: bool = False
    """Send SASL passwords in the clear. Only for a test on this machine."""
    synchronous: Literal["full", "normal"] = "full"
    """Embedded: `full` survives a power cut; `normal` may lose the last moments before one. Both survive kill -9."""
    tombstone_retention: float = 86_400.0
    """Embedded: how long the deletion of a key stays readable in a compacted topic."""
    housekeeping_interval: float = 600.0
    """Embedded: how often retention and compaction run."""

    def __post_init__(self) -> None:
        _check_scheme(self.url)
        if self.kind == "kafka" and not self.bootstrap:
            raise OptionsError("kafka needs at least one server: kafka://host:9092")
        if self.kind == "embedded" and not self.url.partition(":")[2].strip("/"):
            raise OptionsError("embedded needs a directory: embedded:data/log")
        if self.run < 1:
            raise OptionsError(f"a run has at least one record, not {self.run}")
        if self.session_timeout > self.request_timeout:
            raise OptionsError("session_timeout must not be longer than request_timeout; raise request_timeout")
        if self.kind == "kafka" and self.send_timeout >= self.session_timeout:
            raise OptionsError(
                "send_timeout must be shorter than session_timeout: a worker that still waits for what it sent"
                " would no longer own its partitions"
            )
        if self.kind == "kafka" and self.heartbeat_interval >= self.session_timeout - self.send_timeout:
            raise OptionsError(
                "heartbeat_interval must be shorter than what send_timeout leaves of session_timeout: nothing is stored"
                " while the group was not heard of for so long"
            )
        if self.sasl and not self.tls and not self.allow_plaintext:
            raise OptionsError(
                "SASL without TLS sends the password in the clear: give a TLS context, or allow_plaintext"
            )

    @property
    def kind(self) -> Kind:
        """Which transport the URL names."""
        return "kafka" if self.url.startswith("kafka:") else "embedded"

    @property
    def bootstrap(self) -> list[str]:
        """The Kafka servers to ask first, as host:port."""
        return [server for server in self.url.partition("://")[2].split(",") if server]

    @property
    def directory(self) -> Path:
        """Where the embedded log lies."""
        return Path(self.url.partition(":")[2].removeprefix("//")).absolute()


def _check_scheme(url: str) -> None:
    if not url.startswith(("embedded:", "kafka://")):
        raise OptionsError(f"unknown transport {url!r}; use embedded:DIRECTORY or kafka://host:9092,host:9092")


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic should be, or is. `config` holds Kafka's own names, such as ``cleanup.policy`` or ``retention.ms``.

    A `replication` of 0 says that copies do not apply (the embedded log).
    """

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def compacted(self) -> bool:
        """Whether only the last record of each key is kept."""
        return "compact" in self.config.get("cleanup.policy", "")

    @property
    def retention(self) -> float | None:
        """Seconds that records are kept, or None for ever. Of no effect on a compacted topic."""
        kept = int(self.config.get("retention.ms", "-1"))
        return kept / 1000 if kept >= 0 and not self.compacted else None


def topic_config(*, compacted: bool, retention: float | None) -> dict[str, str]:
    """Return Kafka's settings for a topic that is compacted, kept for `retention` seconds, or (None) for ever."""
    if compacted:
        return {"cleanup.policy": "compact"}
    return {"cleanup.policy": "delete", "retention.ms": str(-1 if retention is None else int(retention * 1000))}


_BATCH_BYTES = 1_024
"""What Kafka puts around one record: a topic's max.message.bytes counts it too."""


def copies_in_sync(replication: int) -> int:
    """Return how many copies must have a record before it is acknowledged: one broker may be away."""
    return 2 if replication >= 3 else 1  # noqa: PLR2004 - with two copies, one away would stop all writing


def keeping(spec: TopicSpec) -> dict[str, str]:
    """Return Kafka's settings without which an acknowledged record may be lost, whatever the broker's defaults are."""
    kept = {"unclean.leader.election.enable": "false"}
    return kept if spec.compacted else kept | {"retention.bytes": "-1"}


def room_for(max_message_bytes: int) -> int:
    """Return the least ``max.message.bytes`` of a topic that is to take records of `max_message_bytes`."""
    return max_message_bytes + _BATCH_BYTES
