"""The alert policy as data: when each tier is reached, per right and unit, and who owns its cure.

The default is `policy.toml` in this folder; a file of the same shape replaces it.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from alerts.tiers import STEPPED, TIERS, Thresholds, Tier

DEFAULT_FILE: Final = Path(__file__).with_name("policy.toml")
KEYS: Final = frozenset({"version", "silent_after_days", "late_after_seconds", "owners", "thresholds"})


class PolicyError(ValueError):
    """The policy cannot be used. The message names the file, the line or key, and what is accepted."""


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


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force. `digest` changes with any change of content, not with comments or layout."""

    version: str
    silent_after_days: int
    late_after_seconds: int
    owners: Mapping[Tier, tuple[str, ...]]
    rules: tuple[Rule, ...]
    digest: str
    _cache: dict[tuple[str, str | None], Thresholds] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, path: Path | None = None) -> "Policy":
        """Read a policy file, or the one that comes with the product. Raises PolicyError."""
        file = DEFAULT_FILE if path is None else path
        try:
            return cls.parse(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"{file}: cannot be read ({error}); name a readable UTF-8 file") from error
        except PolicyError as error:
            raise PolicyError(f"{file}: {error}") from error

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Build the policy from TOML text. Raises PolicyError."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"is not TOML: {error}") from error
        _refuse_unknown(document, KEYS, "")
        return cls(
            version=_text(document, "version"),
            silent_after_days=_days(document, "silent_after_days", ""),
            late_after_seconds=_days(document, "late_after_seconds", ""),
            owners=_owners(document),
            rules=_rules(document),
            digest=_digest(document),
        )

    def thresholds(self, right: str, unit: str | None) -> Thresholds:
        """Return the thresholds of the last rule that fits this right at this unit."""
        key = (right, unit)
        if key not in self._cache:
            self._cache[key] = next(rule.thresholds for rule in reversed(self.rules) if rule.fits(right, unit))
        return self._cache[key]


def _digest(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _refuse_unknown(table: Mapping[str, Any], known: frozenset[str], prefix: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise PolicyError(f"{prefix}{unknown[0]}: unknown key; use {', '.join(sorted(known))}")


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise PolicyError(f"{key}: give a text that is not empty")
    return value


def _days(table: Mapping[str, Any], key: str, prefix: str) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise PolicyError(f"{prefix}{key}: give a whole number, 0 or more")
    return value


def _names(table: Mapping[str, Any], key: str, prefix: str) -> tuple[str, ...]:
    value = table.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name for name in value):
        raise PolicyError(f"{prefix}{key}: give a list of texts with at least one")
    return tuple(value)


def _owners(document: Mapping[str, Any]) -> Mapping[Tier, tuple[str, ...]]:
    table = document.get("owners")
    if not isinstance(table, dict):
        raise PolicyError(f"owners: give a table with {', '.join(TIERS)}")
    _refuse_unknown(table, frozenset(TIERS), "owners.")
    return {tier: _names(table, tier, "owners.") for tier in TIERS}


def _rules(document: Mapping[str, Any]) -> tuple[Rule, ...]:
    entries = document.get("thresholds")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise PolicyError("thresholds: give entries under [[thresholds]]")
    rules = tuple(_rule(entry, f"thresholds[{number}].") for number, entry in enumerate(entries, start=1))
    if not any(rule.units is None and "*" in rule.rights for rule in rules):
        raise PolicyError('thresholds: one entry needs rights = ["*"] and no units, so that no clock is without tiers')
    return rules


def _rule(entry: Mapping[str, Any], prefix: str) -> Rule:
    _refuse_unknown(entry, frozenset({"rights", "units", *STEPPED}), prefix)
    steps = tuple((tier, _days(entry, tier, prefix)) for tier in STEPPED if tier in entry)
    if not steps:
        raise PolicyError(f"{prefix}plan: give staffed days for at least one of {', '.join(STEPPED)}")
    for (milder, more), (tier, days) in pairwise(steps):
        if days >= more:
            raise PolicyError(f"{prefix}{tier}: {days} must be fewer days than {milder} has ({more})")
    units = frozenset(_names(entry, "units", prefix)) if "units" in entry else None
    return Rule(_names(entry, "rights", prefix), units, Thresholds(steps))
