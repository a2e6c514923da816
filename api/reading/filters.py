"""Filters: which entries of the index are asked for. Pure.

A facet that is not named lets everything through; several values of a facet mean any of them. `none` asks for
clocks without a package, a tier or a known region. Without a state, closed clocks are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from alerts.tiers import TIERS
from api.projection.index import ENDED, Entry
from stream.law.clock import State

NONE: Final = "none"
STATES: Final[tuple[str, ...]] = get_args(State)
OPEN_STATES: Final = frozenset(STATES) - ENDED

RegionOf = Callable[[str | None], str | None]
"""The region of a unit on the day that is asked about; None for an unknown unit."""

Values = frozenset[str]
ANY: Final[Values] = frozenset()
ATTENTION: Final = frozenset[str](TIERS)
"""The tiers of clocks that somebody must act on: all there are."""


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are asked for. `before`: ordered before this text (a local date: with a deadline before it)."""

    regions: Values = ANY
    units: Values = ANY
    rights: Values = ANY
    packages: Values = ANY
    tiers: Values = ANY
    states: Values = ANY
    before: str | None = None

    @property
    def asks_for_ended(self) -> bool:
        """Whether anything that has ended is asked for."""
        return bool(self.states & ENDED)

    def fits(self, entry: Entry, region_of: RegionOf) -> bool:
        """Tell whether an entry is asked for."""
        return (
            _fits(entry.tier, self.tiers)
            and _fits(entry.unit, self.units)
            and _fits(entry.right, self.rights)
            and _fits(entry.package, self.packages)
            and _fits(entry.state, self.states)
            and (self.before is None or entry.order < self.before)
            and (not self.regions or _fits(region_of(entry.unit), self.regions))
        )


def clocks_due_before(day: date | None) -> str | None:
    """Return a local date as a filter's `before`."""
    return None if day is None else day.isoformat()


def alerts_asked_for(regions: Values, units: Values, rights: Values, tiers: Values, statuses: Values) -> EntryFilter:
    """Return a filter of alerts; without a status, of the open ones that have a tier."""
    return EntryFilter(
        regions=regions, units=units, rights=rights, tiers=tiers or (ANY if statuses else ATTENTION), states=statuses
    )


def _fits(value: str | None, wanted: Values) -> bool:
    return not wanted or (NONE if value is None else value) in wanted
