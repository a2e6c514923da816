"""Repeats: nobody is told the same tier of the same alert twice."""

from typing import Final

from alerts.notifier.draft import Draft, Drafts, Situation, WhyNot
from alerts.notifier.news import ENDS

REMINDS: Final = frozenset({"snooze_ended"})
"""News that repeat a tier on purpose."""


def repeats(situation: Situation, drafts: Drafts) -> Drafts:
    """Drop whom the last word, or one that is about to go, told of this tier."""
    if situation.news in ENDS or situation.news in REMINDS:
        return drafts
    return tuple(_once(situation, draft) for draft in drafts)


def _once(situation: Situation, draft: Draft) -> Draft:
    tier = situation.alert.tier
    word = situation.words.get(draft.name)
    knows = word is not None and not word.ended and word.tier == tier
    waits = any(each.name == draft.name and each.what not in ENDS and each.tier == tier for each in situation.pending)
    return draft.dropped(WhyNot.TOLD_ALREADY) if knows or waits else draft
