"""What people did about an alert, as its ledger tells it. Pure.

The worker's row, the read model and `reconcile` fold the same records by the same function, so that they agree.
"""

from datetime import datetime
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from alerts.ledger import Cause, Kind
from alerts.tiers import Tier, rank

HANDED_OVER: Final = "handed_over"
WATCHED: Final = "watched"
UNWATCHED: Final = "unwatched"
ESCALATED: Final = "escalated"
RUNG_WITHDRAWN: Final = "rung_withdrawn"
SNOOZE_ENDED: Final = "snooze_ended"
UNIT_CHANGED: Final = "unit_changed"
"""Reasons of `noted`, `rung` and (the last two) `changed` records that are more than words here."""

SAME_TIER: Final = frozenset({SNOOZE_ENDED, UNIT_CHANGED})
"""Reasons of records that leave the tier, and why it holds, as they are."""

FOUND: Final = frozenset({ESCALATED, RUNG_WITHDRAWN})
"""Reasons of acts that an evaluation found, and nobody asked for here."""

ACTS: Final[frozenset[Kind]] = frozenset({"acknowledged", "snoozed", "noted", "rung", "refused"})
"""The kinds that answer a command of staff."""

RUNG: Final = "rung"
"""Key in the cause of a withdrawn rung, beside what brought it up: which rung it is."""

FACT: Final = "fact "
"""What the `ref` of a rung begins with that a hospital registered."""

REMEMBERED: Final = 32
"""Commands whose ids an alert remembers: one that is sent again soon changes nothing."""


class TakenRung(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rung of the duty to act. `at` is RFC 3339; `ref` names the command or fact that it was told by."""

    to: str
    at: str
    by: str | None
    concrete: bool
    answer: str
    ref: str


class Acts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who takes care of an alert, up to which tier they said so, until when it rests, and what was tried.

    `snoozed_until` is aware. `commands` are the ids of the last commands decided.
    """

    owner: str | None = None
    acknowledged: Tier | None = None
    snoozed_until: datetime | None = None
    watchers: tuple[str, ...] = ()
    rungs: tuple[TakenRung, ...] = ()
    commands: tuple[str, ...] = ()

    def covers(self, tier: Tier | None) -> bool:
        """Tell whether somebody said that they take care of a tier this high."""
        return self.acknowledged is not None and rank(tier) <= rank(self.acknowledged)


class Record(Protocol):
    """What is read of a ledger record."""

    @property
    def kind(self) -> Kind:
        """What happened."""

    @property
    def from_tier(self) -> Tier | None:
        """The tier before."""

    @property
    def to_tier(self) -> Tier | None:
        """The tier after."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def actor(self) -> str | None:
        """Who."""

    @property
    def cause(self) -> Cause:
        """By which fact, moment, command or rules."""

    @property
    def detail(self) -> Any:
        """What more an act says."""


def follow(acts: Acts, record: Record) -> Acts:
    """Return what people did, after one more record of the alert that is not a repeat."""
    after = _acted(acts, record) if record.kind in ACTS else _moved(acts, record)
    command = record.cause.get("command") if record.kind in ACTS else None
    return after if command is None else replace(after, commands=(*after.commands, command)[-REMEMBERED:])


def ref_of(cause: Cause) -> str:
    """Return a text that names a fact or command within an alert."""
    fact = cause.get("fact")
    return f"{FACT}{fact['source']} {fact['id']}" if fact else f"command {cause.get('command')}"


def _moved(acts: Acts, record: Record) -> Acts:
    """After a change nothing rests. Who took care of a higher tier did so up to the one that holds now, no further."""
    if record.reason == UNIT_CHANGED:  # it is others' now
        return replace(acts, owner=None, acknowledged=None, snoozed_until=None)
    if record.to_tier is None or record.kind in {"raised", "reopened"} or record.reason == SNOOZE_ENDED:
        return replace(acts, acknowledged=None, snoozed_until=None)
    acknowledged = None if acts.acknowledged is None else min(acts.acknowledged, record.to_tier, key=rank)
    return replace(acts, acknowledged=acknowledged, snoozed_until=None)


def _acted(acts: Acts, record: Record) -> Acts:
    detail = record.detail or {}
    match record.kind:
        case "acknowledged":
            return replace(acts, owner=record.actor, acknowledged=record.to_tier, snoozed_until=None)
        case "snoozed":
            until = datetime.fromisoformat(detail["until"])
            return replace(acts, owner=record.actor, acknowledged=record.to_tier, snoozed_until=until)
        case "rung":
            rung = TakenRung(
                to=detail["to"],
                at=detail["at"],
                by=record.actor,
                concrete=detail["concrete"],
                answer=detail["answer"],
                ref=ref_of(record.cause),
            )
            return replace(acts, rungs=(*acts.rungs, rung))
        case "noted":
            return _noted(acts, record, detail)
        case _:
            return acts


def _noted(acts: Acts, record: Record, detail: Any) -> Acts:
    others = tuple(each for each in acts.watchers if each != record.actor)
    match record.reason:
        case "handed_over":
            return replace(acts, owner=detail["to"], acknowledged=None, snoozed_until=None)
        case "watched":
            return replace(acts, watchers=(*others, record.actor or ""))
        case "unwatched":
            return replace(acts, watchers=others)
        case "rung_withdrawn":
            return replace(acts, rungs=tuple(each for each in acts.rungs if each.ref != detail["ref"]))
        case _:
            return acts
