"""The hashes of the ledger book. Pure.

* content hash = SHA-256(salt ‖ content): the 16 bytes of the salt, then the canonical JSON in UTF-8. Without the salt
  nobody can guess erased content from its hash.
* chain hash = SHA-256 of the canonical JSON list [`DOMAIN`, previous chain hash, partition, seq, source offset,
  transition id, alert id, clock id, unit, region, right, kind, at, content hash]. The first entry of a partition
  follows `GENESIS`. All that is left of an entry after erasure is in it, and nothing that erasure takes away.
"""

import hashlib
from dataclasses import replace
from typing import Final

from alerts.ledger import moment_text
from alerts.records.entry import Entry, canonical

DOMAIN: Final = "fristvagt.ledger/1"
GENESIS: Final = "0" * 64
SALT_BYTES: Final = 16


def salted_hash(salt: str, text: str) -> str:
    """Return SHA-256(salt ‖ text) in hexadecimal. Raises ValueError unless the salt is 16 bytes in hexadecimal."""
    raw = bytes.fromhex(salt)
    if len(raw) != SALT_BYTES or raw.hex() != salt:
        raise ValueError(f"a salt is {SALT_BYTES} bytes in lower-case hexadecimal")
    return hashlib.sha256(raw + text.encode()).hexdigest()


def chain_hash(previous: str, entry: Entry) -> str:
    """Hash an entry after the chain hash of the one before. What the entry says of its own chain hash is not used."""
    at = None if entry.at is None else moment_text(entry.at)
    place = [entry.partition, entry.seq, entry.source_offset, entry.transition_id, entry.alert_id, entry.clock_id]
    said = [entry.unit, entry.region, entry.right, entry.kind, at, entry.content_hash]
    return hashlib.sha256(canonical([DOMAIN, previous, *place, *said]).encode()).hexdigest()


def linked(previous: str, entry: Entry) -> Entry:
    """Return the entry with its chain hash."""
    return replace(entry, chain_hash=chain_hash(previous, entry))
