"""What a sign is: its name, what it stands at, since when, and who should look at it."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, get_args

import msgspec

Name = Literal[
    "no_event",
    "late_offer_unanswered",
    "pause_overrun",
    "consent_without_date",
    "hand_over_without_receipt",
    "patient_wish_rising",
]
NAMES: Final[tuple[Name, ...]] = get_args(Name)

PATHWAY_WIDE: Final[frozenset[Name]] = frozenset({"no_event", "pause_overrun", "hand_over_without_receipt"})
"""Signs of a whole pathway. They stand at its most urgent clock that is concerned, and are shown at all of them."""


class Sign(msgspec.Struct, frozen=True):
    """Something that is going wrong.

    `since` is the local date from which the sign counts: of the last event, the offer, the stated end, the consent or
    the hand-over; of a unit the first day of the months that are looked at. A sign of a unit has no pathway, clock and
    right. `owner` is a role. `detail` holds numbers, dates (ISO) and unit codes for the words.
    """

    name: Name
    pathway: str | None
    clock_id: str | None
    right: str | None
    unit: str | None
    since: date
    owner: str
    detail: Mapping[str, str | int]

    @property
    def id(self) -> str:
        """What tells this sign from the others that stand."""
        return f"{self.name}:{self.clock_id or self.unit or ''}"
