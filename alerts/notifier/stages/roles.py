"""The roles that own the cure: one rung of the ladder, and the next one at once where a rung reaches nobody."""

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
    for step, role in list(enumerate(policy.ladder(alert.tier)))[situation.step :]:
        found = policy.recipients(role, alert.unit, alert.region, alert.right, situation.on)
        why = Why.INSTEAD if missing else situation.why
        if found:
            return (*missing, *(Draft(each.name, each, why, role, step) for each in found))
        nobody = Draft(role, None, why, role, step).dropped(WhyNot.NO_ROUTE)
        missing = (*missing, nobody)
    return missing
