"""The read model's layout: every key, its type and what it holds.

| key | type | holds |
|---|---|---|
| ``meta`` | hash | ``schema``: version of this layout; ``state``: ``filling`` until first filled, then ``ready`` |
| ``applied:TOPIC:PARTITION`` | string | the next offset to apply, written in the transaction that applies |
| ``clocks`` | hash | clock id → clock JSON as published |
| ``pathways`` | hash | pathway → its patient, revision, incomplete, rulebook, reading and clock ids |
| ``shared`` | hash | pathway → the same of further patients under the same reference (JSON list) |
| ``live:clocks`` | sorted set | index entries of all open clocks, by deadline |
| ``ended:clocks`` | sorted set | index entries of all closed clocks, by deadline |
| ``alerts`` | hash | alert id → the alert as its ledger leaves it |
| ``alert_of`` | hash | clock id → alert id |
| ``ledger:ALERT`` | list | the alert's last ``LEDGER_KEPT`` transitions, oldest first |
| ``command:COMMAND`` | string | the answer to a command of staff, for ``ANSWER_KEPT`` |
| ``live:alerts``, ``ended:alerts`` | sorted sets | the same for alerts, by their last move |
| ``news`` | stream | the last ``NEWS_KEPT`` transitions for server-sent events; its ids are the event ids |
| ``facts:PATIENT`` | hash | digest → accepted event; identical repeats fall together |
| ``progress`` | hash | partition → the worker's last progress record |
| ``as_of`` | string | up to which moment everything is known to be in here (RFC 3339) |
| ``sources`` | sorted set | sources by when their last event was recorded (seconds since 1970) |
| ``silent`` | string | the sources that have been silent for longer than usual (JSON list) |
| ``outcomes`` | hash | unit, month and outcome (JSON list) → how many clocks were closed so |
| ``signs`` | hash | patient → the leading signs at the patient's open clocks (JSON list); none: no entry |
| ``unit_signs`` | string | the leading signs of units (JSON list) |
| ``signs_round`` | string | the last whole round of looking for signs: when, for which moment, and how many (JSON) |
| ``unreadable`` | hash | ``TOPIC:PARTITION:OFFSET`` → why a record could not be read |

Beside the namespace stand the lock ``NAMESPACE.begin``, held while a lost read model is begun anew,
``NAMESPACE.kept``: when a projector last looked after it, ``NAMESPACE.sent:COMMAND``, which the API writes: a command
was taken and is on its way (the projector lets it stay as long as the answer), and ``NAMESPACE.signs``, the lock of
whoever looks for leading signs.

Index entries are described in `api.projection.index`. One Redis primary is assumed, not a cluster: a transaction
writes several keys.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.asyncio import Redis

from stream.worker.names import ALERTS, CLOCKS, FACTS, PROGRESS

SCHEMA: Final = "3"
"""Raise it when the layout changes: a read model of another version is cleared and filled again."""

LEDGER_KEPT: Final = 200
"""Transitions kept of one alert. Repeats are dropped within them; the whole ledger is in its topic."""

ANSWER_KEPT: Final = timedelta(days=30)
"""How long a command's answer is kept after it was written (wall time); the ledger has it for good."""

NEWS_KEPT: Final = 10_000
"""Transitions kept for readers of the stream that come back (roughly; Redis trims by whole nodes)."""

TOPICS: Final = (FACTS, CLOCKS, ALERTS, PROGRESS)
"""The topics that the read model is made of, in the order in which it is filled."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of the keys under one namespace; two read models can share a Redis."""

    namespace: str = "fristvagt"

    def name(self, *parts: str | int) -> str:
        """Return the full key of the parts."""
        return ":".join((self.namespace, *map(str, parts)))

    @property
    def meta(self) -> str:
        """Hash of layout version and state."""
        return self.name("meta")

    @property
    def clocks(self) -> str:
        """Hash of clocks by id."""
        return self.name("clocks")

    @property
    def pathways(self) -> str:
        """Hash of pathways."""
        return self.name("pathways")

    @property
    def shared(self) -> str:
        """Hash of the other patients of a pathway reference."""
        return self.name("shared")

    @property
    def alerts(self) -> str:
        """Hash of alerts by id."""
        return self.name("alerts")

    @property
    def alert_of(self) -> str:
        """Hash from clock id to alert id."""
        return self.name("alert_of")

    @property
    def news(self) -> str:
        """Stream of transitions."""
        return self.name("news")

    @property
    def progress(self) -> str:
        """Hash of the worker's progress by partition."""
        return self.name("progress")

    @property
    def as_of(self) -> str:
        """Moment up to which everything is in the read model."""
        return self.name("as_of")

    @property
    def sources(self) -> str:
        """Sorted set of sources by the moment of their last event."""
        return self.name("sources")

    @property
    def silent(self) -> str:
        """List of the sources that are silent."""
        return self.name("silent")

    @property
    def outcomes(self) -> str:
        """Hash of how many clocks were closed, by unit, month and outcome."""
        return self.name("outcomes")

    @property
    def signs(self) -> str:
        """Hash of the signs by patient."""
        return self.name("signs")

    @property
    def unit_signs(self) -> str:
        """List of the signs of units."""
        return self.name("unit_signs")

    @property
    def signs_round(self) -> str:
        """What came of the last round of looking for signs."""
        return self.name("signs_round")

    @property
    def signs_lock(self) -> str:
        """Lock of whoever looks for signs; it stands outside the namespace."""
        return f"{self.namespace}.signs"

    @property
    def unreadable(self) -> str:
        """Hash of records that could not be read."""
        return self.name("unreadable")

    def applied(self, topic: str, partition: int) -> str:
        """Next offset to apply of a partition."""
        return self.name("applied", topic, partition)

    def ledger(self, alert_id: str) -> str:
        """List of an alert's transitions."""
        return self.name("ledger", alert_id)

    def command(self, command_id: str) -> str:
        """Answer to a command."""
        return self.name("command", command_id)

    def sent(self, command_id: str) -> str:
        """Mark of a command that was taken; it stands outside the namespace."""
        return f"{self.namespace}.sent:{command_id}"

    def facts(self, patient: str) -> str:
        """Hash of a patient's accepted events."""
        return self.name("facts", patient)


@dataclass(frozen=True, slots=True)
class Store:
    """A Redis and the names of the read model's keys in it."""

    redis: Redis
    keys: Keys


def as_text(value: bytes | str) -> str:
    """Return what Redis answered as text."""
    return value if isinstance(value, str) else value.decode()
