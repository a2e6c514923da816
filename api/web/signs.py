"""Leading signs as plain values in Danish: the notes at a clock, and the table of units. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Final
from urllib.parse import urlencode

from api.reading.filters import ANY, NONE, EntryFilter, RegionOf
from api.reading.signs import SignFilter
from api.reading.summary import SMALL
from api.web.overview import Figure
from api.web.worklist import Choice, with_unit_names
from stream.facts.units import Units
from stream.signs import NAMES, Sign, words

LANGUAGE: Final = "da"


@dataclass(frozen=True, slots=True)
class Note:
    """A sign in words. `clock_id` is None for a sign of a unit."""

    name: str
    text: str
    owner: str
    what_to_do: str
    unit: str
    since: date
    clock_id: str | None
    pathway: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A unit with a figure for each kind of sign."""

    unit: str
    hospital: str | None
    region: str | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class AskedSigns:
    """What the address asks for. None: no restriction."""

    region: str | None = None
    afdeling: str | None = None
    tegn: str | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "AskedSigns":
        """Read an address; empty values are as good as none, and so is a sign that does not exist."""
        asked = {each.name: query.get(each.name) or None for each in fields(cls)}
        return cls(**asked | {"tegn": asked["tegn"] if asked["tegn"] in NAMES else None})

    def filter(self) -> SignFilter:
        """Return the filter that is meant."""
        names = frozenset({self.tegn}) if self.tegn else frozenset[str]()
        return SignFilter(EntryFilter(regions=_one(self.region), units=_one(self.afdeling)), names)

    def address(self, **changes: str | None) -> str:
        """Return the address that asks for the same with changes."""
        values = {each.name: getattr(self, each.name) for each in fields(self)} | changes
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/tegn?{query}" if query else "/tegn"


def note(sign: Sign, units: Units, *, hide_small: bool) -> Note:
    """Return a sign in words; small counts of patients are not told where they are to be hidden."""
    reason = words.reason(sign, SMALL if hide_small else 0)[LANGUAGE]
    return Note(
        name=words.name(sign.name)[LANGUAGE],
        text=with_unit_names(reason, units),
        owner=words.owner(sign.owner)[LANGUAGE],
        what_to_do=words.what_to_do(sign.name)[LANGUAGE],
        unit=units.name(sign.unit),
        since=sign.since,
        clock_id=sign.clock_id,
        pathway=sign.pathway,
    )


def names(signs: Iterable[Sign]) -> list[str]:
    """Return what the signs are called, each once, in the order of the signs' kinds."""
    there = {sign.name for sign in signs}
    return [words.name(name)[LANGUAGE] for name in NAMES if name in there]


def columns() -> list[str]:
    """Return what all kinds of signs are called, as the columns of the table."""
    return [words.name(kind)[LANGUAGE] for kind in NAMES]


def lines(
    signs: Iterable[Sign], asked: AskedSigns, units: Units, region_of: RegionOf, *, hide_small: bool
) -> list[Line]:
    """Count the signs by unit and kind: a line a unit, by region, hospital and name."""
    counts = Counter((sign.unit, sign.name) for sign in signs)
    found = [
        Line(
            unit=units.name(unit),
            hospital=units.hospital(unit),
            region=region_of(unit),
            figures=tuple(
                Figure(
                    None if hide_small and 0 < counts[unit, kind] < SMALL else counts[unit, kind],
                    asked.address(afdeling=unit or NONE, tegn=kind),
                )
                for kind in NAMES
            ),
        )
        for unit in {unit for unit, _ in counts}
    ]
    return sorted(found, key=lambda line: (line.region or "~", line.hospital or "", line.unit))


def choices(asked: AskedSigns, signs: Iterable[Sign], region_of: RegionOf, units: Units) -> dict[str, list[Choice]]:
    """Return the options of every filter: what there are signs of, and what is chosen already."""
    there = {sign.unit for sign in signs}
    regions = {region_of(unit) for unit in there}
    here = {unit for unit in there if asked.region is None or (region_of(unit) or NONE) == asked.region}
    return {
        "region": _choices({each or NONE: each or "Ukendt region" for each in regions}, asked.region),
        "afdeling": _choices({unit or NONE: units.name(unit) for unit in here}, asked.afdeling),
        "tegn": _choices({kind: words.name(kind)[LANGUAGE] for kind in NAMES}, asked.tegn),
    }


def _choices(texts: Mapping[str, str], chosen: str | None) -> list[Choice]:
    shown = ({chosen: chosen} if chosen else {}) | dict(texts)
    return [Choice(value, text, value == chosen) for value, text in sorted(shown.items(), key=lambda item: item[1])]


def _one(value: str | None) -> frozenset[str]:
    return frozenset({value}) if value else ANY
