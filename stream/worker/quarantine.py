"""Patients whose records could not be applied: who they are, and what is still to be marked on their rows.

A record that makes the engine raise must not stop the other patients of its partition, and must not be
forgotten. So it becomes a *refusal by name*: the engine is told ("refused", reason "quarantined") and the
patient is incomplete until an event with the same identity is accepted, or somebody dismisses it by that name.

Where even that raises (a damaged row, a fold that fails for any record), the name waits in a **mark** beside the
row and is tried again before the patient's next record. The mark lives in the row table under a key of its own,
so a restart does not forget it; it goes when all its names are in the row and the row is complete again.
"""

import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

import msgspec

from stream.clock import format_moment
from stream.worker.deadletters import QUARANTINED, DeadLetter, fingerprint
from stream.worker.names import ACTIONS, TICKS

ACTION_SOURCE: Final = "urn:fristvagt:actions"
"""Source under which a command is named; its id is the command_id."""
TICK_SOURCE: Final = "urn:fristvagt:ticks"
"""Source under which failed looks at a patient are named; the id is since when it is quarantined."""

OTHERS_SOURCE: Final = "urn:fristvagt:quarantine"
"""Source of the name that stands for further records of a patient; the id is since when it is quarantined."""

MAX_PENDING: Final = 100
"""Records of a patient that wait under names of their own: a mark must fit into a record, however many come."""

_PREFIX: Final = b"\x00quarantine:"
_OTHERS_HINT: Final = (
    "further records of the patient could not be applied: each has its dead letter. When those are retried or not"
    " needed, dismiss this one: it stands for them all"
)
_HINT: Final = "the record could not be applied and the patient is incomplete: mend the cause, then retry or dismiss it"


class Item(NamedTuple):
    """One record of a run."""

    topic: str
    partition: int
    offset: int
    value: bytes | None

    @property
    def place(self) -> str:
        """Where the record lies, for people: topic, partition and offset."""
        return f"{self.topic}-{self.partition}-{self.offset}"


class Name(msgspec.Struct, frozen=True, array_like=True):
    """The identity of a record that was not applied."""

    source: str
    id: str


class Failure(NamedTuple):
    """That a record was not applied: the name of the exception, never its message, and where it was raised."""

    cause: str
    name: Name
    at: datetime
    where: str


class Mark(msgspec.Struct, frozen=True):
    """What is known of one quarantined patient. `since` is RFC 3339 UTC."""

    since: str
    pending: tuple[Name, ...] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a stored mark."""
        return msgspec.json.decode(data, type=cls)

    def encode(self) -> bytes:
        """Return the stored form."""
        return msgspec.json.encode(self)

    @property
    def look(self) -> Name:
        """The name of looks that failed. A dismissed name stays dismissed, so each quarantine has its own."""
        return Name(TICK_SOURCE, self.since)

    @property
    def others(self) -> Name:
        """The one name of all records beyond the MAX_PENDING that are named one by one."""
        return Name(OTHERS_SOURCE, self.since)

    def waiting(self, name: Name) -> "Mark":
        """Return the mark with `name` among those still to be put on the row, or with `others` if they are too many."""
        name = name if len(self.pending) < MAX_PENDING else self.others
        return self if name in self.pending else msgspec.structs.replace(self, pending=(*self.pending, name))

    def without(self, number: int) -> "Mark":
        """Return the mark without the first so many names: they are on the row."""
        return msgspec.structs.replace(self, pending=self.pending[number:])


def new_mark(now: datetime) -> Mark:
    """Return the mark of a patient quarantined at `now` (aware)."""
    return Mark(format_moment(now))


def read_mark(data: bytes | None, now: datetime) -> Mark | None:
    """Return a stored mark, or None if there is none. A damaged one still says that the patient is quarantined."""
    if data is None:
        return None
    try:
        return Mark.decode(data)
    except msgspec.MsgspecError:
        return new_mark(now)


def mark_key(patient: bytes) -> bytes:
    """Return the table key of a patient's mark. No patient reference starts with a zero byte."""
    return _PREFIX + patient


def patient_of(key: bytes) -> bytes | None:
    """Return whose mark lies under a table key, or None if the key is that of a patient's own row."""
    return key[len(_PREFIX) :] if key.startswith(_PREFIX) else None


def name_of(item: Item, message: Mapping[str, Any] | None, mark: Mark) -> Name:
    """Name a record: a fact by its identity, a refusal by what it refuses, anything else by a source of ours."""
    found = message or {}
    if item.topic == TICKS:
        return mark.look
    if item.topic == ACTIONS and found.get("kind") != "refused" and "command_id" in found:
        return Name(ACTION_SOURCE, str(found["command_id"]))
    if "source" in found and "id" in found:
        return Name(str(found["source"]), str(found["id"]))
    return Name(item.topic, f"{item.partition}:{item.offset}")


def refusal(patient: str, name: Name, at: datetime) -> dict[str, Any]:
    """Return the command that puts a name on the patient's row. `at` is aware."""
    return _command("refused", patient, name, at)


def dismissal(patient: str, name: Name, at: datetime) -> dict[str, Any]:
    """Return the command that takes a name off the patient's row. `at` is aware."""
    return _command("dismiss", patient, name, at)


def _command(kind: str, patient: str, name: Name, at: datetime) -> dict[str, Any]:
    return {
        "command_id": f"quarantine:{kind}:{name.source}:{name.id}",
        "kind": kind,
        "actor": "watch",
        "at": format_moment(at),
        "patient": patient,
        "source": name.source,
        "id": name.id,
        "reason": QUARANTINED,
    }


def dead_letter(item: Item, message: Mapping[str, Any] | None, patient: str | None, failure: Failure) -> DeadLetter:
    """Return the dead letter of a record that could not be applied."""
    found = message or {}
    return DeadLetter(
        at=format_moment(failure.at),
        reason=QUARANTINED,
        hint=f"{failure.cause}: {_HINT}",
        source=failure.name.source,
        id=failure.name.id,
        type=found.get("type"),
        patient=patient,
        pathway=found.get("subject") or found.get("pathway"),
        sha256=fingerprint(item.value),
        topic=item.topic,
        partition=item.partition,
        offset=item.offset,
    )


def others_letter(mark: Mark, patient: str, at: datetime) -> DeadLetter:
    """Return the dead letter by which the name that stands for further records can be dismissed. `at` is aware."""
    return DeadLetter(
        at=format_moment(at),
        reason=QUARANTINED,
        hint=_OTHERS_HINT,
        source=mark.others.source,
        id=mark.others.id,
        patient=patient,
    )


def where(error: BaseException) -> str:
    """Say where an exception was raised, without its message: that may quote a patient's data."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
