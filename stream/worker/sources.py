"""Which source (a hospital's system) has said nothing for longer than it usually does. Pure.

What a silent source knows is not seen: referrals there have no clock. Nobody can tell a quiet weekend from a broken
line, so how long each is quiet at most is a setting.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

OWN: Final = ("urn:fristvagt:api", "urn:fristvagt:demo:")
"""What the names of our own sources begin with: offers made on the page, and examples. Nobody waits for them."""
SIMULATED: Final = "urn:fristvagt:sim:"
"""What the names of simulated hospitals begin with. Their silence is shown, and is nobody's fault."""


class Silence(NamedTuple):
    """How long ago (the law's clock) a source recorded its last event; after how long it is silent (None: never)."""

    source: str
    lasted: timedelta
    limit: timedelta | None

    @property
    def too_long(self) -> bool:
        """Whether the source is silent for longer than it usually is."""
        return self.limit is not None and self.lasted > self.limit


@dataclass(frozen=True, slots=True)
class Silences:
    """How long sources are usually quiet at most.

    `limits` holds sources that differ from `limit`; None: nobody waits for that source. One that has said nothing for
    `retired_after` is taken to have been shut down; until then it was reported day after day.
    """

    limit: timedelta = timedelta(days=3)
    limits: Mapping[str, timedelta | None] = field(default_factory=dict)
    retired_after: timedelta = timedelta(days=30)

    def look(self, latest: Mapping[str, datetime], now: datetime) -> Iterator[Silence]:
        """Yield each hospital's source that is in use. `latest` is when its last event was recorded (all aware)."""
        for source, moment in sorted(latest.items()):
            limit = self.limits.get(source, None if source.startswith(SIMULATED) else self.limit)
            lasted = max(now - moment, timedelta(0))
            if not source.startswith(OWN) and lasted <= max(self.retired_after, limit or self.retired_after):
                yield Silence(source, lasted, limit)
