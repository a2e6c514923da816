"""What one record did to a patient: the row as it is now, and what the world must be told. A value, no I/O."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from stream.row import Row


class Result(msgspec.Struct, frozen=True):
    """What one record did to a patient.

    `clocks` are messages for the clocks topic (only of pathways that changed; `clocks` is None for a tombstone),
    `ledger` records for the alerts topic, `next_due` the aware moment at which to look again.
    """

    row: Row
    clocks: tuple[dict[str, Any], ...] = ()
    ledger: tuple[dict[str, Any], ...] = ()

    @property
    def next_due(self) -> datetime | None:
        """When the patient must be looked at again."""
        return self.row.next_due


def joined(first: Result, second: Result) -> Result:
    """Put two steps after one another; of a pathway published twice only the later message is needed."""
    later = {message["pathway"] for message in second.clocks}
    kept = tuple(message for message in first.clocks if message["pathway"] not in later)
    return replace(second, clocks=(*kept, *second.clocks), ledger=(*first.ledger, *second.ledger))
