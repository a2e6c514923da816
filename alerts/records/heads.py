"""The daily head: how far each partition's chain reaches, in a text that is mailed and can be held against it later.

    Fristvagt ledger head 2026-02-02
    digest 5e0c…
    0 1523 9f86…
    1 88 2c26…

A line a partition: its number, its number of entries, the last one's chain hash. The digest is over date and lines.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from alerts.records.entry import canonical
from alerts.records.errors import HeadTextError

DOMAIN: Final = "fristvagt.ledger.head/1"
TITLE: Final = re.compile(r"Fristvagt ledger head (\d{4}-\d\d-\d\d)")
DIGEST: Final = re.compile(r"digest ([0-9a-f]{64})")
LINE: Final = re.compile(r"(\d{1,9}) (\d{1,18}) ([0-9a-f]{64})")
QUOTED: Final = "> \t\r"
"""What a mail program may have put around a line."""


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The last entry of a partition."""

    partition: int
    seq: int
    chain_hash: str


@dataclass(frozen=True, slots=True)
class DayHead:
    """The heads of all partitions as a text told them on a local date, and the digest it gave."""

    on: date
    heads: tuple[Head, ...]
    digest: str

    @property
    def sound(self) -> bool:
        """Whether the digest is that of date and heads."""
        return self.digest == digest_of(self.heads, self.on)


def digest_of(heads: Sequence[Head], on: date) -> str:
    """Return the digest over a date and all heads, in the order of partitions."""
    lines = [[head.partition, head.seq, head.chain_hash] for head in sorted(heads)]
    return hashlib.sha256(canonical([DOMAIN, on.isoformat(), lines]).encode()).hexdigest()


def head_text(heads: Sequence[Head], on: date) -> str:
    """Write the heads of a local date as the text that is mailed; no line is longer than 78 characters."""
    lines = [f"{head.partition} {head.seq} {head.chain_hash}" for head in sorted(heads)]
    return "\n".join([f"Fristvagt ledger head {on.isoformat()}", f"digest {digest_of(heads, on)}", *lines, ""])


def read_head_text(text: str) -> DayHead:
    """Read such a text, also with a mail around it. Raises HeadTextError."""
    lines = [line.strip(QUOTED) for line in text.splitlines()]
    titles = [match for line in lines if (match := TITLE.fullmatch(line))]
    digests = [match[1] for line in lines if (match := DIGEST.fullmatch(line))]
    if len(titles) != 1 or len(digests) != 1:
        raise HeadTextError("there is not exactly one head of the ledger in it; take the mail of one day as it came")
    try:
        on = date.fromisoformat(titles[0][1])
    except ValueError as error:
        raise HeadTextError(f"{titles[0][1]} is no date; take the mail as it came") from error
    found = [match for line in lines if (match := LINE.fullmatch(line))]
    return DayHead(on, tuple(Head(int(match[1]), int(match[2]), match[3]) for match in found), digests[0])
