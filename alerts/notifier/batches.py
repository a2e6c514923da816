"""Which waiting notices go together in one message. Pure.

What waited for the morning's digest goes as one message a recipient. Every other alert has a message of its own, unless
that would be more messages than the policy allows: then all that waits is merged into one, and nothing is dropped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MERGE_SECONDS = 60.0
"""Wall time between two messages to a recipient who is above the limit."""

WINDOW_SECONDS = 3600.0
"""Wall time in which the messages to a recipient are counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that may go now. `digest`: it waited for the morning."""

    notice_id: str
    alert_id: str
    recipient: str
    digest: bool


@dataclass(frozen=True, slots=True)
class Sendings:
    """Messages made for a recipient in the last hour, and how many seconds ago the last one was (None: none was)."""

    count: int = 0
    last_age: float | None = None


Batch = tuple[Waiting, ...]


def batches(waiting: Sequence[Waiting], sendings: Sendings, per_hour: int) -> tuple[Batch, ...]:
    """Return the messages for one recipient's waiting notices; () where they have to wait to be merged."""
    together = tuple(each for each in waiting if each.digest)
    found = [together] if together else []
    found += _by_alert([each for each in waiting if not each.digest])
    if not found or len(found) <= per_hour - sendings.count:
        return tuple(found)
    # A last one that lies ahead was made before the clock was set back: nobody waits for that.
    waits = sendings.count >= per_hour and sendings.last_age is not None and 0 <= sendings.last_age < MERGE_SECONDS
    return () if waits else (tuple(waiting),)


def _by_alert(waiting: Sequence[Waiting]) -> Iterator[Batch]:
    for alert_id in dict.fromkeys(each.alert_id for each in waiting):
        yield tuple(each for each in waiting if each.alert_id == alert_id)
