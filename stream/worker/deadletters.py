"""A dead letter: that something was not applied, and why. It carries only allow-listed fields, never a payload."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec

from stream.facts.refusal import Reason

INTERNAL_ERROR: Final = "internal_error"
"""The reason of an event that we failed to judge: our fault, kept as a dead letter until it is retried."""

QUARANTINED: Final = "quarantined"
"""The reason of a record that could not be applied to its patient."""

REASONS: Final = (*get_args(Reason), INTERNAL_ERROR, QUARANTINED)
"""Every reason of a dead letter: the contract's refusals and our own failures."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record of fristvagt.deadletters, field for field as the contract names them.

    `at` is RFC 3339 UTC. `topic`, `partition` and `offset` say where the original lies; they are None for an
    event that came over HTTP. `sha256` is of the bytes as received, so that a sender can find its own copy.
    """

    at: str
    reason: str
    field: str | None = None
    hint: Any = None
    source: str | None = None
    id: str | None = None
    type: str | None = None
    patient: str | None = None
    pathway: str | None = None
    allowed: Mapping[str, Any] = {}
    sha256: str = ""
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None

    def encode(self) -> bytes:
        """Return the JSON form."""
        return msgspec.json.encode(self)


def fingerprint(body: bytes | None) -> str:
    """Return the SHA-256 of a body in hexadecimal; an absent body counts as empty."""
    return hashlib.sha256(body or b"").hexdigest()
