"""When people work, when nobody is disturbed, and what waits for the morning: local times in Europe/Copenhagen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final, get_args

from alerts.policy.table import Table
from alerts.tiers import TIERS, Tier

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WAITING: Final[tuple[Tier, ...]] = ("plan", "act", "refer")
"""The tiers whose messages may wait, and whose hand-over counts working time; the others never wait."""

HAND_OVER: Final[Mapping[Tier, int]] = {"plan": 480, "act": 240, "refer": 120, "escalate": 60, "passed": 60}


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The weekdays (0 is Monday) and the hours on which people work; holidays are taken out elsewhere."""

    days: frozenset[int] = frozenset(range(5))
    opens: time = time(8)
    closes: time = time(16)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When messages of some tiers wait. No `begins`: no hours of the day. `begins` after `ends`: over midnight."""

    tiers: frozenset[Tier] = frozenset()
    begins: time | None = None
    ends: time | None = None
    days_off: bool = True
    """Whether days on which nobody works are quiet as a whole."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The tiers whose messages wait for the next morning on which people work, one message a recipient."""

    tiers: frozenset[Tier] = frozenset()
    at: time = time(8)


def read_working_time(document: Table) -> WorkingTime:
    """Read `working_time`: Monday to Friday, 08:00 to 16:00, where nothing else is written."""
    table, default = document.table("working_time"), WorkingTime()
    table.only("days", "from", "to")
    days = frozenset(map(DAYS.index, table.known("days", DAYS, "weekday"))) if "days" in table else default.days
    opens, closes = table.clock("from", default.opens), table.clock("to", default.closes)
    if opens >= closes:
        table.wrong("to", f'must be later than "from" ({opens:%H:%M}); working time ends on the day it begins')
    return WorkingTime(days, opens, closes)


def read_quiet_hours(document: Table) -> QuietHours:
    """Read `quiet_hours`; without it no message waits."""
    if "quiet_hours" not in document:
        return QuietHours()
    table = document.table("quiet_hours")
    table.only("from", "to", "days_off", "tiers")
    begins = table.clock("from") if "from" in table or "to" in table else None
    ends = table.clock("to") if begins is not None else None
    if begins is not None and begins == ends:
        table.wrong("to", 'must differ from "from"; to be quiet on days off only, leave out both')
    return QuietHours(_waiting(table), begins, ends, table.flag("days_off", default=True))


def read_grouping(document: Table) -> Grouping:
    """Read `digest`; without it every message goes by itself."""
    if "digest" not in document:
        return Grouping()
    table = document.table("digest")
    table.only("tiers", "at")
    return Grouping(_waiting(table), table.clock("at", Grouping().at))


def read_hand_over(document: Table) -> Mapping[Tier, int]:
    """Read `hand_over`: minutes until the next role is told, per tier."""
    table = document.table("hand_over")
    table.only(*TIERS)
    return {tier: table.whole(tier, HAND_OVER[tier], least=1) for tier in TIERS}


def read_rate_limit(document: Table) -> int:
    """Read `rate_limit.per_hour`: messages a recipient and hour."""
    table = document.table("rate_limit")
    table.only("per_hour")
    return table.whole("per_hour", 30, least=1)


def _waiting(table: Table) -> frozenset[Tier]:
    """Read which tiers wait. The tiers that never may are refused with the reason."""
    if "tiers" not in table:
        return frozenset(WAITING)
    names = table.names("tiers")
    for number, name in enumerate(table.values["tiers"] if names else ()):
        if name in get_args(Tier) and name not in WAITING:
            table.wrong("tiers", f"{name} is never delayed; use {', '.join(WAITING)}", number)
        elif isinstance(name, str) and name.strip() and name not in WAITING:
            table.wrong("tiers", f"no tier {name!r}; use {', '.join(WAITING)}", number)
    return frozenset(tier for tier in WAITING if tier in names)
