"""What the API is given by whoever builds the process, and the settings of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from alerts.commands import Command
from alerts.tiers import Thresholds
from api.projection.keys import Store
from stream.clock import Clock
from stream.facts.units import Units
from stream.law.calendar import Calendar
from stream.law.rulebook import Rulebook
from stream.worker.intake import Raw

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

Publish = Callable[[Raw], Awaitable[Sequence[Mapping[str, Any]]]]
"""Judges what was sent (one event or a batch) and returns one result an event, when all is stored.

Raises TransportError when it cannot be stored.
"""


StoreCommand = Callable[[Command], Awaitable[None]]
"""Stores a command of staff for the worker and returns when it is stored. Raises TransportError."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The text of a note: which command it belongs to, about whom, who wrote it, and when (aware)."""

    command_id: str
    patient: str
    actor: str
    at: datetime
    text: str


KeepNote = Callable[[Writing], Awaitable[str]]
"""Keeps the text of a note where it can be erased and returns its id; the same text of the same command has the same.

Raises ProblemError when it cannot be kept now.
"""

ReadNotes = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
"""Returns the texts of notes by their ids, of those that are there now."""

ThresholdsOf = Callable[[str, str | None], Thresholds]
"""The staffed days from which the tiers of a right and unit hold."""


class Probe(Protocol):
    """What a part of this process can say of itself."""

    def dead(self) -> list[str]:
        """Return why it can no longer work; empty while it lives."""

    def not_ready(self) -> list[str]:
        """Return why it is not up to date or not at work; empty when it is ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """How the API behaves. Host names without a port; an IPv6 address in brackets.

    `max_lag` is time of the clock that law and deadlines use: a demo in fast time needs more. `hide_small`: every
    count below five is hidden in figures; off, they are hidden only where a caller asks for figures that leave the
    department (everyone who reaches this version is inside: it has no login and binds loopback). For
    `answer_wait_seconds` (wall time) a form waits for the worker's answer before its page is shown.
    """

    allowed_hosts: frozenset[str] = LOOPBACK
    max_lag: timedelta = timedelta(minutes=2)
    hide_small: bool = False
    simulated: bool = False
    max_body_bytes: int = 4 * 1024 * 1024
    stream_seconds: float = 300.0
    stream_poll_seconds: float = 1.0
    max_streams: int = 200
    answer_wait_seconds: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the API needs from outside.

    `stopping` is set when the process begins to stop: event streams end then. `registries` are exposed at /metrics.
    Without `keep_note` notes have a reason and no text; without `read_notes` their texts are not shown.
    """

    store: Store
    clock: Clock
    rulebook: Rulebook
    calendar: Calendar
    units: Units
    publish: Publish
    command: StoreCommand
    thresholds: ThresholdsOf
    keep_note: KeepNote | None = None
    read_notes: ReadNotes | None = None
    settings: ApiSettings = field(default_factory=ApiSettings)
    registries: Sequence[CollectorRegistry] = ()
    probes: Sequence[Probe] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
