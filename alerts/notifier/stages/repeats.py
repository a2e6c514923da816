"""Repeats: nobody is told the same tier of the same alert twice."""

from alerts.notifier.draft import Drafts, Situation, WhyNot
from alerts.notifier.news import ENDS


def repeats(situation: Situation, drafts: Drafts) -> Drafts:
    """Drop whom the last word, or one that is about to go, told of this tier or of this end."""
    if situation.reminds:
        return drafts
    return tuple(draft.dropped(WhyNot.TOLD_ALREADY) if _knows(situation, draft.name) else draft for draft in drafts)


def _knows(situation: Situation, name: str) -> bool:
    tier, word = situation.alert.tier, situation.words.get(name)
    waiting = [each for each in situation.pending if each.name == name]
    if situation.news in ENDS:
        return any(each.what == situation.news for each in waiting) or (word is not None and word.ended)
    if any(each.what not in ENDS and each.tier == tier for each in waiting):
        return True
    return word is not None and word.sure and not word.ended and word.tier == tier
