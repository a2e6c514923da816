"""What a dry run saw leave, and what it saw nobody told of. Values only."""

from dataclasses import dataclass, field
from datetime import datetime

from alerts.delivery.message import What
from alerts.tiers import Tier


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert in a message. `since` (aware): when it came to this tier. `digest`: it waited for the morning."""

    alert_id: str
    clock_id: str
    what: What
    tier: Tier | None
    unit: str | None
    right: str
    since: datetime
    digest: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that left at an aware moment of the law's time."""

    at: datetime
    recipient: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """An alert that asked for something at an aware moment, when nobody could be told."""

    at: datetime
    alert_id: str
    unit: str | None
    tier: Tier | None


@dataclass(slots=True)
class Outcome:
    """All of a run, in order."""

    sent: list[Outgoing] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
