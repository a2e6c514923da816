"""Open clocks and quarantined patients, counted as rows change, so that nothing walks the table. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

from stream.worker.contracts import WatchedClock

DAYS_AHEAD: Final = 14
"""How far ahead deadlines are counted day by day, in calendar days."""

NAMED: Final = 100
"""Quarantined patients of a partition that are named; the others are counted."""

_Kind = tuple[str, str, str]
_Entry = tuple[str, str, str, str]


class Quarantined:
    """The patients with records that are not applied, by partition. Rebuilt in every recovery."""

    def __init__(self, patients: Iterable[tuple[bytes, int]] = ()) -> None:
        self._partition_of = dict(patients)
        self._counts = Counter(self._partition_of.values())

    def note(self, patient: bytes, partition: int, *, quarantined: bool) -> None:
        """Note whether a patient is quarantined now."""
        if quarantined and patient not in self._partition_of:
            self._partition_of[patient] = partition
            self._counts[partition] += 1
        elif not quarantined and patient in self._partition_of:
            self._counts[self._partition_of.pop(patient)] -= 1

    def of(self, partition: int) -> int:
        """Return how many patients of a partition are quarantined."""
        return self._counts[partition]

    def named(self, partition: int) -> tuple[str, ...]:
        """Return who they are, the first NAMED of a partition: what is read of them is marked as incomplete."""
        if not self._counts[partition]:
            return ()
        found = sorted(patient for patient, number in self._partition_of.items() if number == partition)
        return tuple(patient.decode(errors="replace") for patient in found[:NAMED])

    def __contains__(self, patient: object) -> bool:
        return patient in self._partition_of

    def __len__(self) -> int:
        return len(self._partition_of)


class OpenClocks:
    """Counts of open clocks by right, region and tier, and by right and deadline. Rebuilt in every recovery.

    A missing region or tier is counted as ``none``.
    """

    def __init__(self) -> None:
        self._of_patient: dict[bytes, tuple[_Entry, ...]] = {}
        self._counts: Counter[_Entry] = Counter()

    def clear(self) -> None:
        """Forget all patients: the partitions are being handed out anew."""
        self._of_patient.clear()
        self._counts.clear()

    def put(self, patient: bytes, clocks: Iterable[WatchedClock]) -> None:
        """Count a patient's open clocks in place of those counted before."""
        entries = tuple((each.right, each.region or "none", each.tier or "none", each.deadline) for each in clocks)
        before = self._of_patient.pop(patient, ())
        if entries:
            self._of_patient[patient] = entries
        if entries != before:
            self._counts.subtract(before)
            self._counts.update(entries)
            self._drop_zeros(before)

    def by_kind(self) -> dict[_Kind, int]:
        """Return the number of open clocks by right, region and tier."""
        totals: Counter[_Kind] = Counter()
        for (right, region, tier, _), count in self._counts.items():
            totals[right, region, tier] += count
        return dict(totals)

    def due_in(self, today: date) -> dict[tuple[str, int], int]:
        """Return the number of open clocks by right and days left until the deadline, 0 to 14."""
        return {key: count for key, count in self._days_left(today).items() if 0 <= key[1] <= DAYS_AHEAD}

    def passed(self, today: date) -> dict[str, int]:
        """Return the number of open clocks by right whose deadline lies before `today` (a local date)."""
        totals: Counter[str] = Counter()
        for (right, days), count in self._days_left(today).items():
            totals[right] += count if days < 0 else 0
        return dict(totals)

    def _days_left(self, today: date) -> Counter[tuple[str, int]]:
        totals: Counter[tuple[str, int]] = Counter()
        for (right, _, _, deadline), count in self._counts.items():
            totals[right, (date.fromisoformat(deadline) - today).days] += count
        return totals

    def _drop_zeros(self, entries: Iterable[_Entry]) -> None:
        for entry in entries:
            if not self._counts[entry]:
                del self._counts[entry]
