"""Cursors: where a page ended, as one opaque text that a client gives back. Pure."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

import msgspec

from alerts.tiers import Tier, rank
from api.projection.index import Entry, Spot

LONGEST: Final = 1024
"""No cursor of ours is longer."""


class CursorError(ValueError):
    """The text is no cursor of ours; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last thing of a page: the tier it stood under, and its place in the order."""

    tier: Tier | None
    spot: Spot

    @classmethod
    def of(cls, entry: Entry) -> "Cursor":
        """Return the cursor of a page that ends with this entry."""
        return cls(entry.tier, entry.spot)

    @property
    def urgency(self) -> tuple[int, Spot]:
        """Where the page ended in order of urgency."""
        return (-rank(self.tier), self.spot)

    def __str__(self) -> str:
        return urlsafe_b64encode(msgspec.json.encode([self.tier, *self.spot])).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read a cursor. Raises CursorError."""
        try:
            plain = urlsafe_b64decode(text[:LONGEST] + "=" * (-len(text[:LONGEST]) % 4))
            tier, order, identity = msgspec.json.decode(plain, type=tuple[Tier | None, str, str])
        except (binascii.Error, msgspec.DecodeError, ValueError) as error:
            raise CursorError("this cursor is not one that was given out; leave it out to begin anew") from error
        return cls(tier, (order, identity))
