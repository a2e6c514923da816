"""What is read from our topics: just the fields that the read model needs, with their shape checked."""

from typing import Any, TypeVar

import msgspec

from alerts.tiers import Tier

Shape = TypeVar("Shape")


class UnreadableError(Exception):
    """A record of one of our topics is not as the contract says; the message says what is wrong with it."""


class ClockKeys(msgspec.Struct, frozen=True):
    """The fields of a stored clock by which it is found."""

    clock_id: str
    unit: str | None
    right: str
    package: str | None
    state: str
    tier: Tier | None
    deadline: str


class PathwayMessage(msgspec.Struct, frozen=True):
    """A record of ``fristvagt.clocks``: all clocks of one pathway; none is as good as a tombstone."""

    pathway: str
    patient: str
    revision: int
    incomplete: bool
    rulebook: str
    reading: str
    clocks: list[dict[str, Any]] | None


class InboxProgress(msgspec.Struct, frozen=True):
    """How far intake is with the whole inbox, as the worker of a partition sees it."""

    judged_at: str | None = None
    waiting: int | None = None


class ProgressMessage(msgspec.Struct, frozen=True):
    """A record of ``fristvagt.progress``: how far the worker has come with one partition.

    Workers of an earlier version say nothing of the inbox and of patients in quarantine.
    """

    partition: int
    applied: dict[str, int]
    caught_up_at: str | None
    clock_now: str
    inbox: InboxProgress = InboxProgress()
    quarantined: int = 0
    quarantined_patients: tuple[str, ...] = ()


class FactData(msgspec.Struct, frozen=True):
    """What is read of an event's data."""

    occurred_at: str


class FactEvent(msgspec.Struct, frozen=True):
    """The part of an accepted event (``fristvagt.facts``) that says whose it is, who sent it and when."""

    id: str
    source: str
    partitionkey: str
    data: FactData
    time: str | None = None


def read(value: bytes | str, shape: type[Shape]) -> Shape:
    """Read a record's value. Raises UnreadableError."""
    try:
        return msgspec.json.decode(value, type=shape)
    except msgspec.DecodeError as error:
        raise UnreadableError(f"not as the contract says: {error}") from error


def keys_of(clock: dict[str, Any]) -> ClockKeys:
    """Return the fields by which a stored clock is found. Raises UnreadableError."""
    try:
        return msgspec.convert(clock, ClockKeys)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"a clock is not as the contract says: {error}") from error
