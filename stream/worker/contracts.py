"""What the watch agent asks of the engine and its rows. The agent knows no law; a test may bring a toy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol


class WatchedClock(Protocol):
    """One open clock of a patient, as the gauges count it. `deadline` is a local date, YYYY-MM-DD."""

    @property
    def right(self) -> str:
        """Which right it counts."""

    @property
    def region(self) -> str | None:
        """Where it belongs."""

    @property
    def tier(self) -> str | None:
        """Its alert's tier."""

    @property
    def deadline(self) -> str:
        """Its last day."""


class PatientRow(Protocol):
    """All that is kept of one patient: a frozen msgspec struct, of which the agent stamps copies."""

    @property
    def applied(self) -> Mapping[str, int]:
        """The next offset to apply, per topic."""

    @property
    def partition(self) -> int:
        """The partition that owns it."""

    @property
    def next_due(self) -> datetime | None:
        """When somebody must look again (aware UTC), or None."""

    @property
    def evaluated(self) -> datetime | None:
        """The moment of the last evaluation (aware UTC)."""

    @property
    def digest(self) -> str:
        """Names the rulebook, units and policy it was evaluated by."""

    def encode(self) -> bytes:
        """Return the stored form."""


class FoldResult(Protocol):
    """What one record did to a patient: the new row and what the world must be told."""

    @property
    def row(self) -> Any:
        """The new row, a PatientRow."""

    @property
    def clocks(self) -> Sequence[Mapping[str, Any]]:
        """Messages for fristvagt.clocks, one a changed pathway; `clocks` is None for a tombstone."""

    @property
    def ledger(self) -> Sequence[Mapping[str, Any]]:
        """Records for fristvagt.alerts."""


class WatchEngine(Protocol):
    """The pure decisions. Any call may raise anything: that quarantines the patient."""

    @property
    def digest(self) -> str:
        """Names the rulebook, units and policy in force."""

    @property
    def late_after(self) -> timedelta:
        """How long after its due moment, on the law's clock, a decision is late."""

    def fact(self, row: Any, event: Mapping[str, Any], now: datetime) -> FoldResult:
        """Fold an accepted event in; `row` is None for a new patient."""

    def command(self, row: Any, command: Mapping[str, Any], now: datetime) -> FoldResult:
        """Decide on a command of staff, of intake or of the watch itself; `row` is None for a new patient."""

    def tick(self, row: Any, now: datetime, *, upto: datetime | None = None, unverified: bool = False) -> FoldResult:
        """Look again because something has come due; afterwards nothing is due up to `upto` (default: `now`)."""

    def refresh(self, row: Any, now: datetime) -> FoldResult:
        """Evaluate again under the present digest."""


class RowFormat(Protocol):
    """How stored rows are read."""

    def knows(self, data: bytes) -> bool:
        """Tell whether this version reads the row's format at all."""

    def decode(self, data: bytes) -> Any:
        """Return the PatientRow. Raises on a damaged one and on a format it does not know."""

    def glance(self, data: bytes) -> Any:
        """Return partition, due moment, evaluation and digest of a row as `decode` does, and what `watched` needs.

        Quick: asked for every row at a restart. Raises on a damaged row all the same.
        """

    def watched(self, row: Any) -> Iterable[WatchedClock]:
        """Return the open clocks of the row."""

    def incomplete(self, row: Any, now: datetime) -> bool:
        """Tell whether something of the patient is known to be missing."""
