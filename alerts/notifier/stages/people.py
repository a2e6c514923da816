"""People who asked for it or took it on: the owner, whom it was handed to, and those who watch."""

from collections.abc import Iterator

from alerts.notifier.draft import STRANGER, Draft, Drafts, Situation, Why, WhyNot
from alerts.notifier.news import ENDS
from alerts.policy.contacts import stand_in


def people(situation: Situation, drafts: Drafts) -> Drafts:
    """Add them, each once, with the deputies of those who are away; who is no recipient is left as a draft."""
    named = {draft.name for draft in drafts if draft.recipient is not None}
    found = []
    for name, why in _people(situation):
        draft = _draft(situation, name, why)
        if draft.name not in named:
            named.add(draft.name)
            found.append(draft)
    return (*drafts, *found)


def _people(situation: Situation) -> Iterator[tuple[str, Why]]:
    alert, news = situation.alert, situation.news
    if situation.why is not Why.ROLE:
        return
    if news in ENDS or news == "lowered":
        # Owners hear of these if they were told before, as everybody does; who watches asked for everything.
        yield from ((name, Why.WATCHER) for name in alert.watchers)
        return
    if news == "handed_over":
        if situation.to is not None and alert.warns:
            yield situation.to, Why.OWNER
        return
    if alert.owner is not None:
        yield alert.owner, Why.OWNER
    if news != "snooze_ended":
        yield from ((name, Why.WATCHER) for name in alert.watchers)


def _draft(situation: Situation, name: str, why: Why) -> Draft:
    contacts = situation.policy.contacts
    if name not in contacts:
        return Draft(STRANGER, None, why).dropped(WhyNot.NO_RECIPIENT)
    there = stand_in(name, contacts, situation.on).recipient
    return situation.tried(Draft(there.name, there, why))
