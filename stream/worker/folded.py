"""What a run does to one patient: encoded, and ready to be stored. A value."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from stream.worker.deadletters import DeadLetter
from stream.worker.quarantine import Mark


class Ticked(NamedTuple):
    """A tick that was looked at. `due` is aware."""

    due: datetime
    late: bool
    unverified: bool

    @property
    def timing(self) -> str:
        """The word that the metrics use."""
        return "unverified" if self.unverified else "late" if self.late else "on_time"


@dataclass(slots=True)
class Folded:
    """What a run does to one patient, encoded and ready to be stored.

    `row` is None while nothing is known of the patient: no row, a damaged one, or one that was not asked for.
    `data` is the new row, None if it stays as it is. `clocks` maps pathways to messages, None for a tombstone.
    `mark` is what lies beside the row, to be written if `mark_changed`. `retry_at` puts off the next look.
    """

    patient: bytes
    partition: int
    row: Any = None
    data: bytes | None = None
    ledger: list[bytes] = field(default_factory=list)
    transitions: list[tuple[str, str | None]] = field(default_factory=list)
    clocks: dict[bytes, bytes | None] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)
    mark: Mark | None = None
    mark_changed: bool = False
    ticks: list[Ticked] = field(default_factory=list)
    rebuilds: list[str] = field(default_factory=list)
    skipped: int = 0
    retry_at: datetime | None = None

    @property
    def next_due(self) -> datetime | None:
        """When somebody must look at the patient again (aware UTC)."""
        due: datetime | None = None if self.row is None else self.row.next_due
        return due if self.retry_at is None else max(self.retry_at, due or self.retry_at)
