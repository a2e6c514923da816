"""From a role to recipients: which roles a tier has, in which order they are told, and who has a role where."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Final

from alerts.policy.contacts import Contact
from alerts.policy.hours import WAITING
from alerts.policy.mistakes import meant
from alerts.policy.table import Table
from alerts.tiers import TIERS, Tier

ROLES: Final = ("department", "department_lead", "hospital", "region", "specialist_unit")
"""The roles of the law's duty to act; a policy can name others among its owners or in its ladder."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who has a role, for some rights, units and regions or (None) for all. `line` is where the policy says so."""

    role: str
    rights: tuple[str, ...]
    units: frozenset[str] | None
    regions: frozenset[str] | None
    to: tuple[str, ...]
    line: int

    def fits(self, role: str, unit: str | None, region: str | None, right: str) -> bool:
        """Say whether the route is for this role, unit, region and right. An unknown unit fits where none is named."""
        where = (self.units is None or unit in self.units) and (self.regions is None or region in self.regions)
        return role == self.role and where and any(fnmatchcase(right, pattern) for pattern in self.rights)


@dataclass(frozen=True, slots=True)
class Hole:
    """A role that some tier needs and nobody has: for these rights at these units (None is an unknown unit)."""

    role: str
    rights: tuple[str, ...]
    units: tuple[str | None, ...]


def read_owners(document: Table) -> Mapping[Tier, tuple[str, ...]]:
    """Read `owners`: the roles that own the cure of each tier."""
    if "owners" not in document:
        document.wrong("owners", f"give a table with {', '.join(TIERS)}")
        return dict.fromkeys(TIERS, ())
    table = document.table("owners")
    table.only(*TIERS)
    return {tier: table.names(tier) for tier in TIERS}


Rung = tuple[str, ...]
"""Roles that are told together."""


def read_ladder(document: Table, owners: Mapping[Tier, tuple[str, ...]]) -> Mapping[Tier, tuple[Rung, ...]]:
    """Read `ladder`: by default the owners of the tier and then those of the next, one after another.

    From `escalate` on there is no time for that: then all owners are the first rung.
    """
    table = document.table("ladder")
    table.only(*TIERS)
    next_tier = dict(pairwise(TIERS))
    ladders = {}
    for tier in TIERS:
        own = tuple((role,) for role in owners[tier]) if tier in WAITING else (owners[tier],)
        later = tuple((role,) for role in owners[next_tier[tier]]) if tier in next_tier else ()
        ladders[tier] = _once(table.rungs(tier) if tier in table else own + later)
    return ladders


def _once(rungs: Iterable[Rung]) -> tuple[Rung, ...]:
    """Return the rungs with each role where it first stands."""
    known: dict[str, None] = {}
    kept = []
    for rung in rungs:
        kept.append(tuple(role for role in dict.fromkeys(rung) if role not in known))
        known |= dict.fromkeys(rung)
    return tuple(rung for rung in kept if rung)


def read_routes(document: Table, roles: Collection[str], contacts: Mapping[str, Contact]) -> tuple[Route, ...]:
    """Read the entries of `routes`: `roles` are all that exist."""
    return tuple(_route(entry, roles, contacts) for entry in document.tables("routes", "under [[routes]]"))


def read_to(document: Table, key: str, contacts: Mapping[str, Contact]) -> tuple[str, ...]:
    """Read a table that has nothing but recipients; nobody if it is not there."""
    if key not in document:
        return ()
    table = document.table(key)
    table.only("to")
    return table.known("to", contacts, "recipient")


def holes(
    routes: Sequence[Route],
    needed: Mapping[tuple[str, str | None], Iterable[str]],
    units: Iterable[tuple[str | None, str | None]],
) -> tuple[Hole, ...]:
    """Find roles without a route. `needed`: the roles by right and unit; `units`: each with its region."""
    region_of = dict(units)
    missing: dict[str, dict[str | None, list[str]]] = {}
    for (right, unit), roles in needed.items():
        for role in roles:
            if not any(route.fits(role, unit, region_of[unit], right) for route in routes):
                missing.setdefault(role, {}).setdefault(unit, []).append(right)
    return tuple(hole for role, rights in missing.items() for hole in _gathered(role, rights))


def _gathered(role: str, missing: Mapping[str | None, list[str]]) -> Iterator[Hole]:
    """Put the units together that lack the same rights."""
    alike: dict[tuple[str, ...], list[str | None]] = {}
    for unit, rights in missing.items():
        alike.setdefault(tuple(rights), []).append(unit)
    return (Hole(role, rights, tuple(units)) for rights, units in alike.items())


def _route(entry: Table, roles: Collection[str], contacts: Mapping[str, Contact]) -> Route:
    entry.only("role", "rights", "units", "regions", "to")
    return Route(
        _role(entry, roles),
        entry.names("rights") if "rights" in entry else ("*",),
        frozenset(entry.names("units")) if "units" in entry else None,
        frozenset(entry.names("regions")) if "regions" in entry else None,
        entry.known("to", contacts, "recipient"),
        entry.notes.positions.key(entry.path).line,
    )


def _role(entry: Table, roles: Collection[str]) -> str:
    role = entry.text("role")
    if role and role not in roles:
        from_policy = "name it under [owners] or [ladder] if it is one of your own"
        entry.wrong("role", f"no role {role!r}; {meant(role, roles)}, or {from_policy}")
    return role
