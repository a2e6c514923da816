"""The hospitals that report to the simulation: every hospital of the unit file, drawn by its region's inhabitants."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Final

SOURCE: Final = "urn:fristvagt:sim:"
SPOKEN: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


@dataclass(frozen=True, slots=True)
class Site:
    """A hospital with its units (SOR codes); `by_markers` says that it registers SKS markers instead of steps."""

    hospital: str
    region: str
    units: tuple[str, ...]
    by_markers: bool

    @property
    def source(self) -> str:
        """The CloudEvents source of the hospital's events."""
        words = self.hospital.lower().translate(SPOKEN)
        return SOURCE + "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in words).split())


class Sites:
    """All hospitals. A region is drawn by its inhabitants, its hospitals by their number of units."""

    def __init__(self, units: Iterable[tuple[str, str, str]], inhabitants: Mapping[str, float], markers: float) -> None:
        """Take units as (SOR code, hospital, region); `markers` is the share of hospitals that register markers."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for unit, hospital, region in sorted(units):
            grouped.setdefault((region, hospital), []).append(unit)
        self.all = tuple(
            Site(hospital, region, tuple(codes), by_markers=_share(hospital) < markers)
            for (region, hospital), codes in sorted(grouped.items())
        )
        self._upto = tuple(accumulate(self._weight(site, inhabitants) for site in self.all))

    def pick(self, rng: Random) -> Site:
        """Draw a hospital."""
        return self.all[bisect_right(self._upto, rng.random() * self._upto[-1])]

    def near(self, site: Site) -> list[Site]:
        """Return the hospitals of the same region, itself included."""
        return [other for other in self.all if other.region == site.region]

    def _weight(self, site: Site, inhabitants: Mapping[str, float]) -> float:
        beds = sum(len(other.units) for other in self.near(site))
        mean = sum(inhabitants.values()) / len(inhabitants)
        return inhabitants.get(site.region, mean) * len(site.units) / beds


def _share(hospital: str) -> float:
    """Return a number from 0 to below 1 that belongs to the hospital's name for good."""
    return int.from_bytes(sha256(hospital.encode()).digest()[:4], "big") / 2**32
