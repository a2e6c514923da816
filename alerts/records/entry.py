"""An entry of the ledger book, and how a record of the topic becomes one. Pure.

A record that cannot be read becomes an entry too, of kind "unreadable", that holds the SHA-256 of what was there.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

UNREADABLE: Final = "unreadable"

REFUSED: Final = "refused"
"""The kind whose alert id may be anything: it is what somebody asked for."""

ID_MOST: Final = 256
"""Characters of a transition id at most; ours have 32, and an index holds them."""

IDS: Final = ("transition_id", "alert_id", "clock_id")
NAMES: Final = ("patient", "pathway", "right", "kind")
PLACES: Final = ("unit", "region")
OUTLINE: Final = (*IDS, *NAMES, *PLACES, "at")
"""What of a record stands in columns of its own, each equal to the field of that name in the content."""

IDENTIFYING: Final = ("patient", "pathway")
"""Columns that are emptied together with content and salt."""

Raw = Mapping[str, Any] | bytes | None
"""A record as the topic has it, or already decoded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `seq` counts 1, 2, … in its partition; `at` is aware UTC.

    `content` is canonical JSON exactly as it was hashed with `salt` (hexadecimal). Both and the identifying columns
    are None once erased.
    """

    partition: int
    seq: int
    source_offset: int
    transition_id: str
    alert_id: str | None
    clock_id: str | None
    patient: str | None
    pathway: str | None
    unit: str | None
    region: str | None
    right: str | None
    kind: str
    at: datetime | None
    content: str | None
    salt: str | None
    content_hash: str
    chain_hash: str

    @property
    def erased(self) -> bool:
        """Whether the content is gone."""
        return self.content is None

    @property
    def record(self) -> Mapping[str, Any] | None:
        """The record as it was received, None once erased."""
        return None if self.content is None else json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Reading:
    """A record as it is kept: its content, and the columns that follow from it."""

    content: str
    columns: Mapping[str, Any]


def read_record(raw: Raw, offset: int) -> Reading:
    """Read a record. One that cannot be kept as it is becomes an "unreadable" one; `offset` makes its id its own."""
    try:
        content = canonical(json.loads(raw) if isinstance(raw, bytes) else raw)
        columns = columns_of(content)
        _check(columns)
    except (ValueError, TypeError, OverflowError, RecursionError):
        digest = hashlib.sha256(_as_bytes(raw)).hexdigest()
        own = hashlib.sha256(f"{UNREADABLE} {offset} {digest}".encode()).hexdigest()[:32]
        content = canonical({"kind": UNREADABLE, "sha256": digest, "transition_id": own})
        columns = columns_of(content)
    return Reading(content, columns)


def canonical(value: Any) -> str:
    """Write JSON canonically: keys sorted, no spaces. Raises ValueError, TypeError for what UTF-8 JSON cannot say."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()
    return text


def columns_of(content: str) -> dict[str, Any]:
    """Return the columns that follow from a content. Raises ValueError, TypeError if it is no record."""
    record = json.loads(content)
    if not isinstance(record, dict):
        raise TypeError("a record is a JSON object")
    columns = {name: record.get(name) for name in OUTLINE}
    at = columns["at"]
    columns["at"] = None if at is None else aware(at)
    return columns


def aware(text: str) -> datetime:
    """Read a moment with offset as UTC. Raises ValueError, TypeError, OverflowError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment has an offset")
    return moment.astimezone(UTC)


def _check(columns: Mapping[str, Any]) -> None:
    """Raise ValueError unless every column can be stored and says what it has to."""
    needed = [columns[name] for name in (*IDS, *NAMES)]
    texts = [*needed, *(columns[name] for name in PLACES if columns[name] is not None)]
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        raise ValueError("a field is missing or no text")
    # A refused command may name no alert: only what every record has is asked for.
    if not 0 < len(columns["transition_id"]) <= ID_MOST or columns["kind"] in {"", UNREADABLE} or columns["at"] is None:
        raise ValueError("a field has a value that no record of ours has")


def _as_bytes(raw: Raw) -> bytes:
    """Return what is fingerprinted: the bytes received, or Python's text of what was handed in decoded."""
    if isinstance(raw, bytes):
        return raw
    return b"" if raw is None else repr(raw).encode("utf-8", "backslashreplace")
