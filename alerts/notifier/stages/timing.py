"""When: quiet hours and the morning's digest hold a notice back, never one of the highest tiers."""

from dataclasses import replace

from alerts.notifier.draft import Draft, Drafts, Situation
from alerts.tiers import TIERS, Tier, rank


def timing(situation: Situation, drafts: Drafts) -> Drafts:
    """Give each draft that stands the moment from which it may go."""
    return tuple(_timed(situation, draft) for draft in drafts)


def _timed(situation: Situation, draft: Draft) -> Draft:
    tier = _weight(situation, draft)
    if not draft.stands:
        return draft
    digest = tier in situation.policy.grouping.tiers
    return replace(draft, not_before=situation.goes_at(tier), digest=digest)


def _weight(situation: Situation, draft: Draft) -> Tier:
    """Return the tier that says how urgent it is: good news go as fast as the warning that they take back.

    To who watches and was never warned they are as urgent as the mildest.
    """
    word = situation.words.get(draft.name)
    return max(situation.alert.tier, word.tier if word else None, key=rank) or TIERS[0]
