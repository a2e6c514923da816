"""What a transition means for those who are told. Pure."""

from typing import Final

from alerts.acts import HANDED_OVER, SNOOZE_ENDED, UNIT_CHANGED
from alerts.delivery.message import What
from alerts.ledger import Transition
from alerts.tiers import rank

News = What
"""What there is to tell."""

WARNINGS: Final[frozenset[News]] = frozenset(
    {"raised", "risen", "reopened", "not_acknowledged", "snooze_ended", "handed_over"}
)
"""News that ask somebody to act, so that a ladder begins or goes on."""

ENDS: Final[frozenset[News]] = frozenset({"over", "wrong"})
"""News that nothing more is asked: only those are told who were told of something, or who watch."""

REMINDS: Final[frozenset[News]] = frozenset({"snooze_ended", "handed_over"})
"""News that repeat a tier on purpose."""

CALMS: Final = frozenset({"acknowledged", "snoozed"})
"""Kinds of record after which nobody is waited for."""


def news_of(transition: Transition) -> News | None:
    """Return what there is to tell, None if nothing."""
    match transition.kind:
        case "raised" | "silent" | "reopened":
            # A silent one is planned like any other, so that it can be read who was not told.
            kind: News = "reopened" if transition.kind == "reopened" else "raised"
            return kind if transition.to_tier is not None else None
        case "closed" | "withdrawn":
            return "over" if transition.kind == "closed" else "wrong"
        case "changed":
            return _changed(transition)
        case "noted" if transition.reason == HANDED_OVER:
            return "handed_over"
        case _:
            return None


def _changed(transition: Transition) -> News | None:
    before, after = rank(transition.from_tier), rank(transition.to_tier)
    if transition.reason == SNOOZE_ENDED:
        return "snooze_ended"
    if transition.reason == UNIT_CHANGED:
        return "raised"  # those to whom it comes have heard nothing of it
    if transition.to_tier is None:
        return "over"
    if after == before:
        return None
    return "risen" if after > before else "lowered"
