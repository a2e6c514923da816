"""A message as the channels get it: what it is about, in values that name no patient."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerts.recipients import Recipient
from alerts.tiers import Tier

What = Literal[
    "raised", "risen", "lowered", "reopened", "over", "wrong", "not_acknowledged", "snooze_ended", "handed_over"
]
"""What an item tells. `over`: no tier holds any more; the reason says whether the clock is closed, has a timely date or
is still open and asks for nothing now. `wrong`: the facts were retracted."""

About = Literal["alert", "digest", "test", "head"]
"""One alert at once; several in one; the test route; the daily head of the ledger."""


@dataclass(frozen=True, slots=True)
class Item:
    """One alert of a message. `at` is aware.

    `right_name` and `unit_name` are in the recipient's language; `tier` is the one that holds, None when none does.
    `after_passed`: none does, and the alert said before that the deadline has passed.
    """

    what: What
    alert_id: str
    clock_id: str
    tier: Tier | None
    reason: str
    right: str
    right_name: str
    unit: str | None
    unit_name: str
    at: datetime
    late: bool = False
    unverified: bool = False
    after_passed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient is sent. `notice_id` is the same in every attempt, so that a receiver can drop repeats.

    `head` is the text of the ledger's daily head where the message is about it. Raises ValueError when a message about
    alerts has no items, or another one has.
    """

    notice_id: str
    recipient: Recipient
    about: About
    at: datetime
    items: tuple[Item, ...] = ()
    head: str | None = None

    def __post_init__(self) -> None:
        if (self.about in {"alert", "digest"}) != bool(self.items):
            raise ValueError(
                f"a message about {self.about} with {len(self.items)} items; give items to alert and digest"
            )
        if (self.about == "head") != (self.head is not None):
            raise ValueError(f"a message about {self.about}: give the ledger's head to head, and to nothing else")
