"""A plan: who is told of a piece of news, what is taken back that still waits, and until when somebody is waited for.

Pure: the same situation gives the same plan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.notifier.draft import INSTEAD_OF_SOMEBODY, Draft, Drafts, Pending, Situation, Stage, Why, WhyNot
from alerts.notifier.news import ENDS, WARNINGS
from alerts.notifier.stages import STAGES
from alerts.notifier.watched import BEFORE_THE_LADDER
from alerts.tiers import Tier

AGAIN: Final = timedelta(minutes=5)
"""After how long an alert that reaches nobody is planned anew, in the law's time."""

LADDER: Final = frozenset({Why.ROLE, *INSTEAD_OF_SOMEBODY, Why.NOT_ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes of a situation. `taken_back`: notices that go no more, with the reason.

    `step` is the rung told last and `hand_over_at` when the next one is told; None: nobody is waited for. `unowned`:
    the alert asks for something, and there is nobody who could be told; its step is BEFORE_THE_LADDER, and it is
    planned anew after a while, since the policy may have been mended.
    """

    drafts: Drafts
    taken_back: tuple[tuple[Pending, WhyNot], ...]
    step: int
    hand_over_at: datetime | None
    unowned: bool = False


def plan(situation: Situation, stages: Sequence[Stage] = STAGES) -> Plan:
    """Run the stages; a rung whose people know already is passed over where the ladder is being climbed."""
    drafts: Drafts = ()
    at: Situation | None = situation
    while at is not None:
        found = _run(at, stages)
        drafts += found
        at = _higher(at, found)
    hand_over_at, unowned = _waits(situation, drafts)
    step = BEFORE_THE_LADDER if unowned else _step(situation, drafts)
    return Plan(drafts, _taken_back(situation), step, hand_over_at, unowned)


def _run(situation: Situation, stages: Sequence[Stage]) -> Drafts:
    drafts: Drafts = ()
    for stage in stages:
        drafts = stage(situation, drafts)
    return drafts


def _higher(situation: Situation, drafts: Drafts) -> Situation | None:
    """Return the situation one rung higher if this one told nobody anything new."""
    if situation.why is Why.ROLE or any(draft.stands for draft in drafts):
        return None
    reached = [draft.step for draft in drafts if draft.reaches and draft.step is not None]
    if not reached or situation.alert.silent:
        return None
    why = Why.INSTEAD if situation.why is Why.IN_PLACE else situation.why
    return replace(situation, step=max(reached) + 1, why=why)


def _taken_back(situation: Situation) -> tuple[tuple[Pending, WhyNot], ...]:
    tier, news = situation.alert.tier, situation.news
    if news in ENDS:
        stale = [each for each in situation.pending if each.what != news]
        return tuple((each, WhyNot.SUPERSEDED if each.what in ENDS else WhyNot.OVER) for each in stale)
    # Of those whom it was handed to, the last one has it.
    passed_on = {"handed_over"} if news == "handed_over" else set()
    old = [each for each in situation.pending if each.what in ENDS | passed_on or each.tier != tier]
    return tuple((each, WhyNot.SUPERSEDED) for each in old) if situation.alert.warns else ()


def _step(situation: Situation, drafts: Drafts) -> int:
    steps = [draft.step for draft in drafts if draft.step is not None]
    before = situation.alert.step if situation.news in {"snooze_ended", "handed_over"} else situation.step
    return max(steps, default=before)


def _waits(situation: Situation, drafts: Drafts) -> tuple[datetime | None, bool]:
    """Return when the next rung is told, and whether there is nobody at all."""
    tier = situation.alert.tier
    if not situation.alert.warns or tier is None:
        return None, False
    if situation.news not in WARNINGS:
        return _waits_lowered(situation, drafts, tier)
    reached = [draft for draft in drafts if draft.reaches]
    if situation.news == "handed_over" or reached:
        return situation.times.hand_over_at(_first(situation, reached), tier), False
    # At the end of a ladder all its people have been told.
    return (None, False) if situation.news == "not_acknowledged" else (situation.now + AGAIN, True)


def _waits_lowered(situation: Situation, drafts: Drafts, tier: Tier) -> tuple[datetime | None, bool]:
    """Wait on, or for those who hear of it first, unless somebody has taken care of it."""
    fresh = [draft for draft in drafts if draft.stands and draft.why in LADDER]
    taken = situation.alert.acts.covers(tier)
    if not taken and not any(draft.reaches and draft.why is not Why.WATCHER for draft in drafts):
        return situation.now + AGAIN, True
    if taken or not (fresh or situation.alert.hand_over_at is not None):
        return None, False
    return situation.times.hand_over_at(_first(situation, fresh), tier), False


def calmed(pending: Iterable[Pending]) -> tuple[tuple[Pending, WhyNot], ...]:
    """Return what is taken back when somebody takes care: nobody has to hear that nobody did."""
    return tuple((each, WhyNot.ACKNOWLEDGED) for each in pending if each.what == "not_acknowledged")


def _first(situation: Situation, drafts: Sequence[Draft]) -> datetime:
    moments = [draft.not_before for draft in drafts if draft.not_before is not None]
    return min(moments, default=situation.now)
