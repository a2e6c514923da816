"""The worklist as plain values: what is asked for, the choices, the tiles on top and the rows. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from alerts.tiers import TIERS, Tier
from api.projection.index import Entry
from api.reading.filters import ANY, ATTENTION, NONE, OPEN_STATES, EntryFilter, RegionOf
from api.reading.summary import tier_counts
from api.web import words
from stream.facts.units import Units
from stream.law.rulebook import Rulebook

UNIT_CODE: Final = re.compile(r"\b\d{6,18}\b")

NOBODY: Final = "ingen"
"""As who takes care of a clock's alert: nobody."""

EVERY: Final = "alle"
"""As a tier: every open clock, whether it needs attention or not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. None: no restriction; as a tier, None asks for all that need attention."""

    region: str | None = None
    afdeling: str | None = None
    ret: str | None = None
    varsel: str | None = None
    tilstand: str | None = None
    pakke: str | None = None
    ansvar: str | None = None

    @property
    def without_owner(self) -> bool:
        """Whether only what nobody takes care of is asked for."""
        return self.ansvar == NOBODY

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "Asked":
        """Read an address; empty values are as good as none, unknown names are left out."""
        return cls(**{each.name: query.get(each.name) or None for each in fields(cls)})

    def filter(self) -> EntryFilter:
        """Return the filter that is meant."""
        return replace(self.without_tier(), tiers=self._tiers())

    def without_tier(self) -> EntryFilter:
        """Return the filter without the tier, for the counts of every tier."""
        return EntryFilter(
            regions=_one(self.region),
            units=_one(self.afdeling),
            rights=_one(self.ret),
            packages=_one(self.pakke),
            states=_one(self.tilstand) & OPEN_STATES,
        )

    def _tiers(self) -> frozenset[str]:
        if self.varsel is None:
            return ATTENTION
        return ANY if self.varsel == EVERY else frozenset({self.varsel})

    def address(self, **changes: str | None) -> str:
        """Return the address that asks for the same with changes."""
        values = {each.name: getattr(self, each.name) for each in fields(self)} | changes
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/?{query}" if query else "/"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """A tier on top of the list: how many clocks stand under it, and where a click leads."""

    tier: Tier
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A clock of the list with its words."""

    clock: Mapping[str, Any]
    right: str
    unit: str
    time_left: str
    why: str
    cure: str


def rows(clocks: Iterable[Mapping[str, Any]], today: date, rulebook: Rulebook, units: Units) -> list[Row]:
    """Return the rows of clocks that were rendered for `today`."""
    return [row(clock, today, rulebook, units) for clock in clocks]


def row(clock: Mapping[str, Any], today: date, rulebook: Rulebook, units: Units) -> Row:
    """Return the row of one clock."""
    return Row(
        clock=clock,
        right=right_name(clock["right"], rulebook),
        unit=units.name(clock["unit"], today),
        time_left=words.time_left(clock, today),
        why=words.why(clock, today),
        cure=words.cure(clock),
    )


def tiles(asked: Asked, entries: Iterable[Entry], region_of: RegionOf) -> list[Tile]:
    """Return a tile for each tier, the most urgent first."""
    wanted = asked.without_tier()
    counts = tier_counts(entry for entry in entries if wanted.fits(entry, region_of))
    return [
        Tile(tier, counts[tier], asked.address(varsel=None if asked.varsel == tier else tier), asked.varsel == tier)
        for tier in reversed(TIERS)
    ]


def choices(
    asked: Asked, entries: Sequence[Entry], region_of: RegionOf, rulebook: Rulebook, units: Units
) -> dict[str, list[Choice]]:
    """Return the options of every filter: what there are open clocks of, and what is chosen already."""
    known = {each.unit for each in entries}
    regions = {region_of(unit) or NONE for unit in known}
    here = {unit for unit in known if unit and (not asked.region or region_of(unit) == asked.region)}
    rights = {each.right for each in entries}
    packages = {each.package for each in entries}
    return {
        "region": _choices({name: _region(name) for name in regions}, asked.region),
        "afdeling": _choices({code: _unit(code, units) for code in here}, asked.afdeling),
        "ret": _choices({right: right_name(right, rulebook) for right in rights}, asked.ret),
        "pakke": _choices({each or NONE: words.package(each) or "Uden pakke" for each in packages}, asked.pakke),
        "tilstand": _choices({each: words.word("states", each) for each in OPEN_STATES}, asked.tilstand),
        "varsel": _tier_choices(asked),
        "ansvar": [Choice(NOBODY, words.word("care", "nobody"), asked.without_owner)],
    }


def right_name(right: str, rulebook: Rulebook) -> str:
    """Return a right in plain Danish with a capital letter; an unknown one is shown as it is."""
    known = rulebook.rights.get(right)
    name = known.name["da"] if known else right
    return name[:1].upper() + name[1:]


def with_unit_names(text: str, units: Units) -> str:
    """Return a text in which the codes of units that are known have become their names."""
    return UNIT_CODE.sub(lambda code: units.name(code[0]) if units.known(code[0]) else code[0], text)


def _tier_choices(asked: Asked) -> list[Choice]:
    named = [(each, words.tier(each)["name"]) for each in reversed(TIERS)]
    more = [(NONE, words.tier(None)["name"]), (EVERY, "Alle åbne frister")]
    return [Choice(value, text, value == asked.varsel) for value, text in (*named, *more)]


def _choices(texts: Mapping[str, str], chosen: str | None) -> list[Choice]:
    shown = {chosen: chosen} | dict(texts) if chosen else dict(texts)
    ordered = sorted(shown.items(), key=lambda item: item[1])
    return [Choice(value, text, value == chosen) for value, text in ordered]


def _region(name: str) -> str:
    return "Ukendt region" if name == NONE else name


def _unit(code: str, units: Units) -> str:
    return f"{units.name(code)}, {units.hospital(code)}" if units.known(code) else f"{units.name(code)} ({code})"


def _one(value: str | None) -> frozenset[str]:
    return frozenset({value}) if value else ANY
