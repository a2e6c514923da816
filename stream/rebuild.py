"""The command that puts a refolded row in place of a wrong one, as `fristvagt reconcile --repair` sends it.

It carries the row as it should be: the record, the ids of its clocks, the alerts as the ledger leaves them, the
highest revision known of each pathway, and up to which offsets the topics were read for it. The worker takes it only
if it has applied nothing newer for the patient; so a command that comes twice, or too late, changes nothing.
"""

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from stream.clock import format_moment
from stream.row import Published, Row

REBUILD: Final = "rebuild"
"""Kind of the command, and what its id begins with."""
RECONCILE: Final = "reconcile"
"""Its actor."""


def is_rebuild(message: Mapping[str, Any] | None) -> bool:
    """Tell whether a message of the actions topic asks for a row to be rebuilt."""
    return message is not None and message.get("kind") == REBUILD


class Read(NamedTuple):
    """What a row was made from: the next offset after what was read, by topic, and when (aware).

    `seen` is what the wrong row says that it has applied. It may be nonsense, but a row that still says so has not
    moved since. `partitions` is how many there were: offsets mean nothing where there are more by now.
    """

    partitions: int
    upto: Mapping[str, int]
    seen: Mapping[str, int]
    at: datetime


def rebuild_command(row: Row, read: Read) -> dict[str, Any]:
    """Return the command that makes `row` the patient's, to be evaluated for the moment `row.evaluated`.

    Whoever sends it may add the `cause` and the `due` moment of that evaluation.
    """
    state = row.encode()
    identity = hashlib.sha256(state + repr(sorted(read.upto.items())).encode()).hexdigest()[:32]
    return {
        "command_id": f"{REBUILD}:{identity}",
        "kind": REBUILD,
        "actor": RECONCILE,
        "at": format_moment(read.at),
        "patient": row.patient,
        "partitions": read.partitions,
        "upto": dict(read.upto),
        "seen": dict(read.seen),
        "state": b64encode(zlib.compress(state)).decode(),
    }


def is_spent(row: Row | None, command: Mapping[str, Any], topic: str, partitions: int, *, is_applied: bool) -> bool:
    """Tell whether a command is of a former partition count, or is read again although the row has it already.

    `topic` is where it was read, `partitions` the present count, `is_applied` whether the row says that it has it.
    A row that still says of the commands the nonsense that was seen in it has not really applied this one.
    """
    is_unmoved = row is not None and row.applied.get(topic) == command["seen"].get(topic)
    return bool(command["partitions"] != partitions or (is_applied and not is_unmoved))


def rebuilt(row: Row | None, command: Mapping[str, Any]) -> Row | None:
    """Return the row that a command carries, to be evaluated next; None if the present one has applied newer records.

    `row` is None where there is none, or none that can be read. Raises RowFormatError for a row of a newer version.
    """
    if row is not None and _has_moved(row.applied, command["upto"], command["seen"]):
        return None
    carried = Row.decode(zlib.decompress(b64decode(command["state"])))
    return msgspec.structs.replace(carried, published=_above(carried, row))


def _has_moved(applied: Mapping[str, int], upto: Mapping[str, int], seen: Mapping[str, int]) -> bool:
    """Tell whether a row has newer records than were read. One that still says the nonsense it said has not moved."""
    return any(applied.get(topic, 0) > end and applied.get(topic) != seen.get(topic) for topic, end in upto.items())


def _above(carried: Row, row: Row | None) -> dict[str, Published]:
    """Return revisions that readers take for the newest, with no content, so that every pathway is published again."""
    known = [] if row is None else list(row.published.items())
    revisions: dict[str, int] = {}
    for pathway, published in (*known, *carried.published.items()):
        revisions[pathway] = max(published.revision, revisions.get(pathway, 0))
    return {pathway: Published(revision, b"") for pathway, revision in revisions.items()}
