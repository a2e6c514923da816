"""Risk in figures: open clocks counted by region, right, package and tier. Pure.

Figures that leave the department must not let a single patient be found: counts below five are hidden then, and
with them the total from which a hidden count could be worked out.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from alerts.tiers import TIERS, Tier
from api.projection.index import Entry
from api.reading.filters import RegionOf

SMALL: Final = 5
"""Counts below this are hidden in figures that leave the department (design, section 4)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many open clocks there are of a region, right, package and tier; None when the count is hidden."""

    region: str | None
    right: str
    package: str | None
    tier: Tier | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """All cells that hold a clock, in order, and their sum (None when a hidden count could be worked out from it)."""

    cells: tuple[Cell, ...]
    total: int | None


def summarise(entries: Iterable[Entry], region_of: RegionOf, *, hide_small: bool, by_package: bool = True) -> Summary:
    """Count clocks by region, right, package (or all packages together) and tier."""
    counts = Counter(
        (region_of(each.unit), each.right, each.package if by_package else None, each.tier) for each in entries
    )
    cells = tuple(
        Cell(*group, None if hide_small and count < SMALL else count)
        for group, count in sorted(counts.items(), key=lambda item: [part or "" for part in item[0]])
    )
    hidden = any(cell.count is None for cell in cells)
    return Summary(cells, None if hidden else counts.total())


def tier_counts(entries: Iterable[Entry]) -> dict[Tier | None, int]:
    """Return how many clocks stand under each tier, and under none."""
    found = Counter(each.tier for each in entries)
    return {tier: found[tier] for tier in (*TIERS, None)}
