"""What a benchmark finds: figures measured several times, their ratios, and remarks. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured once or several times. `high` says that more is better."""

    name: str
    unit: str
    values: tuple[float, ...]
    high: bool = True

    @property
    def best(self) -> float:
        return max(self.values) if self.high else min(self.values)

    @property
    def spread(self) -> float:
        """How far the worst lies from the best, as a part of the best."""
        worst = min(self.values) if self.high else max(self.values)
        return abs(worst - self.best) / self.best if self.best else 0.0

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "unit": self.unit, "best": self.best, "spread": self.spread, "values": self.values}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that is to be reached: at least `reach`, or at most where less is better."""

    name: str
    value: float
    reach: float
    high: bool = True
    unit: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.reach if self.high else self.value <= self.reach

    def verdict(self) -> str:
        """Say whether it is reached and, if not, how far off it is."""
        if self.reached:
            return "reached"
        small, large = sorted((self.value, self.reach))
        return f"NOT reached: {large / small:.1f} times off" if small > 0 else "NOT reached"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


@dataclass(slots=True)
class Findings:
    """What one row of the table found."""

    row: str
    what: str
    figures: list[Figure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def figure(self, name: str, unit: str, values: Sequence[float], *, high: bool = True) -> Figure:
        figure = Figure(name, unit, tuple(values), high)
        self.figures.append(figure)
        return figure

    def ratio(self, name: str, subject: Figure, baseline: Figure, reach: float) -> None:
        """Compare the best of both: the least disturbed of the repetitions."""
        self.targets.append(Target(name, subject.best / baseline.best, reach))

    def at_most(self, name: str, value: float, reach: float, unit: str) -> None:
        self.targets.append(Target(name, value, reach, high=False, unit=unit))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "what": self.what,
            "figures": [each.to_json() for each in self.figures],
            "targets": [each.to_json() for each in self.targets],
            "notes": self.notes,
        }
