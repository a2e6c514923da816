"""What is odd about a policy that can be used: roles that nobody has, and names that nothing has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Final

from alerts.policy import Policy
from alerts.policy.routes import Hole, Route
from stream.facts.units import Units
from stream.law.rulebook import Rulebook

SHOWN: Final = 3
"""So many units are named; of more, the number is told."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a policy is checked against: the units and rights that exist, on a local date."""

    rulebook: Rulebook
    units: Units
    today: date

    def regions(self, on: date) -> dict[str | None, str | None]:
        """Return each unit with its region on a date, and the unit that no file knows."""
        return {None: None, **{unit: self.units.region(unit, on) for unit in self.units}}


def summary(policy: Policy) -> str:
    """Say in one line what is in the policy."""
    return f"version {policy.version}, {len(policy.contacts)} recipients, {len(policy.routes)} routes"


def warnings(policy: Policy, place: Place) -> Iterator[str]:
    """Say what is odd, most important first."""
    if policy.routes:
        yield from _of_routes(policy, place)
    else:
        yield "there are no [[routes]]: nobody is sent a warning"
    if not policy.heads:
        # Whoever can write in the database can make its whole chain anew: only a head that has left it tells.
        yield "there is no [heads]: the ledger's daily head is sent to nobody, and a ledger made anew is not found out"


def _of_routes(policy: Policy, place: Place) -> Iterator[str]:
    yield from _holes(policy, place)
    for number, route in enumerate(policy.routes, start=1):
        yield from (f"line {route.line}: routes[{number}].{text}" for text in _unknown(route, place))
    for name in sorted(set(policy.contacts) - _named(policy)):
        yield f"line {policy.contacts[name].line}: recipients.{name}: nothing is ever sent to it"


def _holes(policy: Policy, place: Place) -> Iterator[str]:
    """Tell the holes of today, and the new ones on each later day on which units come into another region."""
    known: set[Hole] = set()
    for day in (place.today, *_changes(place)):
        regions = place.regions(day)
        found = policy.unrouted(regions.items(), place.rulebook.rights)
        since = "" if day == place.today else f"from {day} on "
        yield from (f"{since}{_told(hole, regions)}" for hole in found if hole not in known)
        known.update(found)


def _changes(place: Place) -> list[date]:
    """Return the days to come on which a region takes over another's duties."""
    ends = {region.until for region in place.units.regions.values() if region.successor}
    return sorted(end + timedelta(days=1) for end in ends if end >= place.today)


def _told(hole: Hole, units: Mapping[str | None, str | None]) -> str:
    return f"nobody is {hole.role} {_where(hole, units)} for {', '.join(hole.rights)}"


def _where(hole: Hole, units: Mapping[str | None, str | None]) -> str:
    if len(hole.units) == len(units):
        return "at any unit"
    named = [unit or "unknown units" for unit in hole.units[:SHOWN]]
    more = len(hole.units) - len(named)
    return f"at {', '.join(named)}" + (f" and {more} more" if more else "")


def _unknown(route: Route, place: Place) -> Iterator[str]:
    for unit in sorted(route.units or ()):
        if not place.units.known(unit):
            yield f"units: the unit file has no {unit}"
    for region in sorted(route.regions or ()):
        if region not in place.units.regions:
            yield f"regions: the unit file has no {region}; use {', '.join(sorted(place.units.regions))}"
    for pattern in route.rights:
        if not any(fnmatchcase(right, pattern) for right in place.rulebook.rights):
            yield f"rights: no right is {pattern}; use {', '.join(place.rulebook.rights)}"


def _named(policy: Policy) -> set[str]:
    routed = {name for route in policy.routes for name in route.to}
    others = {recipient.name for recipient in (*policy.test_route, *policy.heads)}
    deputies = {contact.deputy for contact in policy.contacts.values() if contact.deputy}
    return routed | others | deputies
