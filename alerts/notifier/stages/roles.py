"""The roles that own the cure: a rung of the ladder, and the next one at once where a rung reaches nobody."""

from alerts.notifier.draft import Draft, Drafts, Situation, Why, WhyNot
from alerts.notifier.news import WARNINGS


def roles(situation: Situation, drafts: Drafts) -> Drafts:
    """Add whoever has the role of the first rung that reaches somebody; a role without a route is left as a draft."""
    return (*drafts, *_climb(situation)) if _asks_roles(situation) else drafts


def _asks_roles(situation: Situation) -> bool:
    alert = situation.alert
    if situation.why is not Why.ROLE:
        return True
    if situation.news == "handed_over":
        return False
    if situation.news == "snooze_ended":
        return alert.owner not in situation.policy.contacts
    if situation.news == "lowered":  # the cure is another's now; who knows of the higher tier is told beside them
        return all(word.ended for word in situation.words.values())
    return situation.news in WARNINGS


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
        if any(draft.recipient is not None for draft in found.values()):
            return missing
    return missing


def _of(situation: Situation, role: str, why: Why, step: int) -> Drafts:
    """Return those who have a role; nobody has it: one draft that says so."""
    alert = situation.alert
    found = situation.policy.recipients(role, alert.unit, alert.region, alert.right, situation.on)
    nobody = Draft(role, None, why, role, step).dropped(WhyNot.NO_ROUTE)
    return tuple(Draft(each.name, each, why, role, step) for each in found) or (nobody,)
