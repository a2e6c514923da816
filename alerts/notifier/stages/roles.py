"""The roles that own the cure: a rung of the ladder, and the next one at once where a rung reaches nobody."""

from alerts.notifier.draft import Draft, Drafts, Situation, Why, WhyNot
from alerts.notifier.news import WARNINGS


def roles(situation: Situation, drafts: Drafts) -> Drafts:
    """Add whoever has the role of the first rung that reaches somebody; a role without a route is left as a draft."""
    if not _asks_roles(situation):
        return drafts
    found = _climb(situation)
    return (*drafts, *(_who_know(situation, found) if situation.news == "lowered" else found))


def _asks_roles(situation: Situation) -> bool:
    alert = situation.alert
    if situation.why is not Why.ROLE:
        return True
    if situation.news == "handed_over":
        return False
    if situation.news == "snooze_ended":
        return alert.owner not in situation.policy.contacts
    return situation.news in WARNINGS or situation.news == "lowered"


def _who_know(situation: Situation, found: Drafts) -> Drafts:
    """Leave out the others where one of the milder tier's people knows of the alert: it is no news of a cure."""
    knows = {name for name, word in situation.words.items() if not word.ended}
    return tuple(draft for draft in found if draft.name in knows) or found


def _climb(situation: Situation) -> Drafts:
    alert, policy = situation.alert, situation.policy
    if alert.tier is None:
        return ()
    missing: Drafts = ()
    for step, rung in list(enumerate(policy.ladder(alert.tier)))[situation.step :]:
        why = Why.INSTEAD if missing else situation.why
        found: dict[str, Draft] = {}
        for role in rung:
            for draft in _of(situation, role, why, step):
                found.setdefault(draft.name, draft)
        missing = (*missing, *found.values())
        if any(draft.reaches for draft in found.values()):
            return missing
    return missing


def _of(situation: Situation, role: str, why: Why, step: int) -> Drafts:
    """Return those who have a role, whether it arrives or not; nobody has it: one draft that says so."""
    alert = situation.alert
    found = situation.policy.recipients(role, alert.unit, alert.region, alert.right, situation.on)
    nobody = Draft(role, None, why, role, step).dropped(WhyNot.NO_ROUTE)
    return tuple(situation.tried(Draft(each.name, each, why, role, step)) for each in found) or (nobody,)
