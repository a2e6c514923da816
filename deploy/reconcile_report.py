"""What a reconciliation found, counted by kind of difference."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from stream.reconcile.differences import Difference, Kind

SHOWN: Final = 5
"""Differences of a kind that are told one by one."""


@dataclass(slots=True)
class Report:
    """What was found. `suspects` are the keys of the patients that differ; `redis` says whether Redis was compared."""

    patients: int = 0
    counts: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[Difference]] = field(default_factory=dict)
    suspects: set[bytes] = field(default_factory=set)
    waiting: int = 0
    moved_on: int = 0
    other_rules: int = 0
    redis: str = "compared"
    sent: int = 0
    obstacles: dict[str, str] = field(default_factory=dict)

    def note(self, differences: Iterable[Difference]) -> None:
        """Count differences."""
        for each in differences:
            self.counts[each.kind] += 1
            examples = self.examples.setdefault(each.kind, [])
            if len(examples) < SHOWN:
                examples.append(each)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "patients": self.patients,
            "differences": dict(self.counts),
            "examples": [each._asdict() for some in self.examples.values() for each in some],
            "waiting": self.waiting,
            "moved_on": self.moved_on,
            "other_rules": self.other_rules,
            "redis": self.redis,
            "repairs": {"sent": self.sent, "not_possible": self.obstacles},
        }
