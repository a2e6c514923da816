"""From when each tier holds, per right and unit: the part of the policy that decisions depend on."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise

from alerts.policy.table import Table
from alerts.tiers import STEPPED, Thresholds


@dataclass(frozen=True, slots=True)
class Rule:
    """Thresholds for the rights that match a pattern, at certain units or (None) at all of them."""

    rights: tuple[str, ...]
    units: frozenset[str] | None
    thresholds: Thresholds

    def fits(self, right: str, unit: str | None) -> bool:
        """Say whether the rule is for this right at this unit."""
        at_unit = self.units is None or unit in self.units
        return at_unit and any(fnmatchcase(right, pattern) for pattern in self.rights)


def read_rules(document: Table) -> tuple[Rule, ...]:
    """Read the entries of `thresholds`; one of them must hold for every right at every unit."""
    before = len(document.notes.mistakes)
    rules = tuple(_rule(entry) for entry in document.tables("thresholds", "under [[thresholds]]"))
    unharmed = len(document.notes.mistakes) == before
    if unharmed and not any(rule.units is None and "*" in rule.rights for rule in rules):
        document.wrong("thresholds", 'one entry needs rights = ["*"] and no units, so that no clock is without tiers')
    return rules


def _rule(entry: Table) -> Rule:
    entry.only("rights", "units", *STEPPED)
    steps = tuple((tier, entry.whole(tier)) for tier in STEPPED if tier in entry)
    if not steps:
        entry.wrong("plan", f"give staffed days for at least one of {', '.join(STEPPED)}")
    for (milder, more), (tier, days) in pairwise(steps):
        if days >= more:
            entry.wrong(tier, f"{days} must be fewer days than {milder} has ({more})")
    units = frozenset(entry.names("units")) if "units" in entry else None
    return Rule(entry.names("rights"), units, Thresholds(steps))
