"""Settings of the stream that are not the transport's, with their defaults."""

from dataclasses import dataclass, field
from typing import Final

from stream.worker.names import INTAKE_GROUP
from stream.worker.sources import Silences

DAY: Final = 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """All times are seconds of wall time; a retention of None keeps records for ever."""

    partitions: int = 12
    """Of every topic that is keyed by patient. Cannot be changed once there are records."""
    inbox_retention: float | None = 7 * DAY
    facts_retention: float | None = None
    actions_retention: float | None = None
    ticks_retention: float | None = 7 * DAY
    alerts_retention: float | None = None
    deadletters_retention: float | None = None
    intake_group: str = INTAKE_GROUP
    """The consumer group of intake. The watch asks how far it has come."""
    intake_commit_interval: float = 0.2
    """How often intake commits what it has judged: alarms wait for it while events come in."""
    intake_look_interval: float = 0.2
    """How often the watch asks how far intake is with the inbox."""
    pulse: float = 0.2
    """How often deadlines and progress are looked at."""
    idle_progress: float = 1.0
    """How often an idle partition says that it is alive."""
    unverified_after: float = 600.0
    """How long a due tick waits for inbox and partition to be read to the end before it is sent unverified."""
    resend_after: float = 30.0
    """When a tick that had no effect, although the ticks have been read since, is sent again."""
    late_rows_interval: float = 30.0
    """How often the owner of partitions looks whether rows of former owners have landed upon its own."""
    late_rows_watch: float = 1200.0
    """How long after partitions were handed out it looks: what hangs in the network is sent again by the kernel for
    15 minutes (Linux's tcp_retries2), on top of the time-out of the sender."""
    silences: Silences = field(default_factory=Silences)
    """How long hospitals' systems are usually quiet at most."""
