"""Those who were told: that it is over, that it was wrong, or that a milder tier holds. Nobody else is."""

from alerts.notifier.draft import Draft, Drafts, Situation, Why, WhyNot
from alerts.notifier.news import ENDS
from alerts.tiers import rank


def told(situation: Situation, drafts: Drafts) -> Drafts:
    """Add whoever heard of the alert, and who waits to hear of it, where the news are for them."""
    if situation.news in ENDS:
        heard = {name for name, word in situation.words.items() if not word.ended}
    elif situation.news == "lowered":
        heard = {name for name, word in situation.words.items() if rank(word.tier) > rank(situation.alert.tier)}
    else:
        return drafts
    named = {draft.name for draft in drafts}
    found = [_draft(situation, name) for name in sorted(heard - named)]
    return (*drafts, *found, *_unheard(situation, heard | named))


def _draft(situation: Situation, name: str) -> Draft:
    contact = situation.policy.contacts.get(name)
    if contact is None:
        return Draft(name, None, Why.TOLD_BEFORE).dropped(WhyNot.NO_RECIPIENT)
    return Draft(name, contact.recipient, Why.TOLD_BEFORE)


def _unheard(situation: Situation, known: set[str]) -> Drafts:
    """Say of those for whom a notice only waits that they are told nothing, since it goes no more."""
    if situation.news not in ENDS:
        return ()
    waiting = sorted({each.name for each in situation.pending} - known)
    return tuple(_draft(situation, name).dropped(WhyNot.NEVER_TOLD) for name in waiting)
