"""Silent alerts: a history that is loaded tells nobody."""

from alerts.notifier.draft import Drafts, Situation, WhyNot


def silence(situation: Situation, drafts: Drafts) -> Drafts:
    """Drop everything where the alert is silent, but not the end of what was told before it became so."""
    if not situation.alert.silent or situation.alert.tier is None:
        return drafts
    return tuple(draft.dropped(WhyNot.SILENT) for draft in drafts)
