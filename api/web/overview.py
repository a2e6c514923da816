"""The overview as plain values: region by right, a column a tier. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.tiers import TIERS, Tier
from api.reading.filters import NONE
from api.reading.summary import Cell
from api.web.worklist import EVERY, Asked

COLUMNS: Final[tuple[Tier | None, ...]] = (*reversed(TIERS), None)
"""The columns, the most urgent first, and last the clocks without a tier."""

LAST: Final = "~"
"""Sorts behind every name: the place of clocks whose unit is in no region that is known."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the table. `count` None: hidden because it is small. `address`: the clocks behind it."""

    count: int | None
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """A right in a region: a figure a column, and their sum."""

    right: str
    figures: tuple[Figure, ...]
    total: Figure


@dataclass(frozen=True, slots=True)
class Block:
    """A region with its rights. `address`: its clocks."""

    region: str | None
    lines: tuple[Line, ...]
    address: str


def blocks(cells: Iterable[Cell], asked: Asked, rights: Sequence[str]) -> list[Block]:
    """Put cells into a block a region and a line a right, in the order of `rights`."""
    regions: dict[str | None, dict[str, dict[Tier | None, int | None]]] = {}
    for cell in cells:
        figures = regions.setdefault(cell.region, {}).setdefault(cell.right, {})
        figures[cell.tier] = add(figures.get(cell.tier, 0), cell.count)
    return [
        Block(
            region,
            tuple(_line(region, right, lines[right], asked) for right in _ordered(lines, rights)),
            _at(asked, region),
        )
        for region, lines in sorted(regions.items(), key=lambda item: item[0] or LAST)
    ]


def _ordered(found: Iterable[str], rights: Sequence[str]) -> list[str]:
    return sorted(found, key=lambda right: (rights.index(right) if right in rights else len(rights), right))


def add(one: int | None, other: int | None) -> int | None:
    """Add two counts; with a hidden one the sum is hidden too."""
    return None if one is None or other is None else one + other


def _line(region: str | None, right: str, figures: Mapping[Tier | None, int | None], asked: Asked) -> Line:
    found = tuple(Figure(figures.get(tier, 0), _at(asked, region, right, tier or NONE)) for tier in COLUMNS)
    total: int | None = 0
    for figure in found:
        total = add(total, figure.count)
    return Line(right, found, Figure(total, _at(asked, region, right, EVERY)))


def _at(asked: Asked, region: str | None, right: str | None = None, tier: str | None = None) -> str:
    return asked.address(region=region or NONE, ret=right, varsel=tier)
