"""The alert policy as data: when each tier is reached, who owns its cure, and whom a warning reaches, when and how.

The default is `policy.toml` in this folder; a file of the same shape replaces it.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from alerts.policy.contacts import Contact, read_contacts, stand_in
from alerts.policy.hours import (
    Grouping,
    QuietHours,
    WorkingTime,
    read_grouping,
    read_hand_over,
    read_quiet_hours,
    read_rate_limit,
    read_working_time,
)
from alerts.policy.mistakes import Notes, PolicyFileError, no_toml
from alerts.policy.positions import Positions
from alerts.policy.routes import ROLES, Hole, Route, Rung, holes, read_ladder, read_owners, read_routes, read_to
from alerts.policy.table import Table
from alerts.policy.thresholds import Rule, read_rules
from alerts.recipients import Recipient
from alerts.tiers import TIERS, Thresholds, Tier

DEFAULT_FILE: Final = Path(__file__).with_name("policy.toml")
DECIDING: Final = ("version", "silent_after_days", "late_after_seconds", "thresholds")
"""What a decision (tier, silent, late, the version in the ledger) depends on."""
ROUTING: Final = (
    *("owners", "ladder", "hand_over", "recipients", "routes", "test_route", "heads"),
    *("working_time", "quiet_hours", "digest", "rate_limit"),
)
"""What only says who is told, when and how."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force.

    `digest` covers what a decision depends on (`DECIDING`) and is kept with every patient: when it changes, all
    patients are evaluated again. `routing_digest` covers the rest (`ROUTING`), which changes whom later messages reach
    and no decision: a new mail address costs no evaluation. Neither changes with comments or layout.

    `rate_limit` is messages a recipient and hour; above it they are merged. `hand_over` is in minutes, of working time
    for `plan`, `act` and `refer`, of all time for `escalate` and `passed`.
    """

    version: str
    silent_after_days: int
    late_after_seconds: int
    rules: tuple[Rule, ...]
    owners: Mapping[Tier, tuple[str, ...]]
    ladders: Mapping[Tier, tuple[Rung, ...]]
    hand_over: Mapping[Tier, int]
    contacts: Mapping[str, Contact]
    routes: tuple[Route, ...]
    test_route: tuple[Recipient, ...]
    heads: tuple[Recipient, ...]
    working_time: WorkingTime
    quiet_hours: QuietHours
    grouping: Grouping
    rate_limit: int
    digest: str
    routing_digest: str
    positions: Positions = field(compare=False, repr=False)
    _cache: dict[tuple[str, str | None], Thresholds] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, path: Path | None = None) -> "Policy":
        """Read a policy file, or the one that comes with the product. Raises PolicyError."""
        file = DEFAULT_FILE if path is None else path
        return cls.decode(file_content(file), str(file))

    @classmethod
    def decode(cls, content: bytes, name: str) -> "Policy":
        """Build the policy from the content of the file of this name. Raises PolicyError."""
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise PolicyFileError(name, error) from error
        return cls.parse(text, name)

    @classmethod
    def parse(cls, text: str, name: str = "policy") -> "Policy":
        """Build the policy from TOML text; `name` is what mistakes call it. Raises PolicyError with all mistakes."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise no_toml(name, text, error) from error
        notes = Notes(name, Positions.of(text))
        policy = _read(Table(values, (), notes))
        notes.refuse_mistakes()
        return policy

    def thresholds(self, right: str, unit: str | None) -> Thresholds:
        """Return the thresholds of the last rule that fits this right at this unit."""
        key = (right, unit)
        if key not in self._cache:
            self._cache[key] = next(rule.thresholds for rule in reversed(self.rules) if rule.fits(right, unit))
        return self._cache[key]

    def roles(self, tier: Tier) -> tuple[str, ...]:
        """Return the roles that own the tier's cure."""
        return self.owners[tier]

    def ladder(self, tier: Tier) -> tuple[Rung, ...]:
        """Return the rungs that are told one after another while nobody acknowledges, the first of them at once."""
        return self.ladders[tier]

    def route(self, role: str, unit: str | None, region: str | None, right: str) -> Route | None:
        """Return the route that counts: the last that fits, as with thresholds. None: nobody has the role there."""
        return next((each for each in reversed(self.routes) if each.fits(role, unit, region, right)), None)

    def recipients(
        self, role: str, unit: str | None, region: str | None, right: str, on: date
    ) -> tuple[Recipient, ...]:
        """Return who has a role, with the deputies of those who are away on a local date; each recipient once.

        Nobody has it: (), which the caller must count, for a message that reaches nobody is lost.
        """
        route = self.route(role, unit, region, right)
        told = (stand_in(name, self.contacts, on) for name in route.to) if route else ()
        return tuple(dict.fromkeys(contact.recipient for contact in told))

    def unrouted(self, units: Iterable[tuple[str | None, str | None]], rights: Iterable[str]) -> tuple[Hole, ...]:
        """Return what has no route though a tier's ladder needs it: at units (each with its region), for rights.

        A tier is needed where its thresholds name it. `act` and `passed` are reached without days, so always.
        """
        places, wanted = tuple(units), tuple(rights)
        needed = {(right, unit): self._needed(right, unit) for right in wanted for unit, _ in places}
        return holes(self.routes, needed, places)

    def line(self, *path: str | int) -> int | None:
        """Return the line on which a key is written, such as `line("owners", "plan")`; None where a default holds."""
        found = self.positions.keys.get(path)
        return found and found.line

    def _needed(self, right: str, unit: str | None) -> dict[str, None]:
        reached = {tier for tier, _ in self.thresholds(right, unit).steps} | {"act", "passed"}
        return dict.fromkeys(role for tier in TIERS if tier in reached for rung in self.ladder(tier) for role in rung)


def file_content(file: Path) -> bytes:
    """Return the bytes of a policy file. Raises PolicyFileError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise PolicyFileError(str(file), error) from error


def _read(document: Table) -> Policy:
    document.only(*DECIDING, *ROUTING)
    owners = read_owners(document)
    ladders = read_ladder(document, owners)
    contacts = read_contacts(document)
    roles = {*ROLES, *(role for some in owners.values() for role in some)}
    roles |= {role for rungs in ladders.values() for rung in rungs for role in rung}
    return Policy(
        version=document.text("version"),
        silent_after_days=document.whole("silent_after_days"),
        late_after_seconds=document.whole("late_after_seconds"),
        rules=read_rules(document),
        owners=owners,
        ladders=ladders,
        hand_over=read_hand_over(document),
        contacts=contacts,
        routes=read_routes(document, roles, contacts),
        test_route=tuple(contacts[name].recipient for name in read_to(document, "test_route", contacts)),
        heads=tuple(contacts[name].recipient for name in read_to(document, "heads", contacts)),
        working_time=read_working_time(document),
        quiet_hours=read_quiet_hours(document),
        grouping=read_grouping(document),
        rate_limit=read_rate_limit(document),
        digest=_digest(document.values, DECIDING),
        routing_digest=_digest(document.values, ROUTING),
        positions=document.notes.positions,
    )


def _digest(values: Mapping[str, Any], keys: Iterable[str]) -> str:
    part = {key: values[key] for key in keys if key in values}
    canonical = json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
