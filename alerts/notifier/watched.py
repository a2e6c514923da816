"""An alert as its ledger leaves it, with what the notifier itself knows of it. Pure."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from alerts import acts
from alerts.acts import Acts
from alerts.ledger import STATUS_AFTER, Status, Transition
from alerts.tiers import Tier

BEFORE_THE_LADDER: Final = -1
"""The step of an alert that reaches nobody: its ladder begins anew when it is looked at again."""


ONCE_MORE: Final = " once more"
"""What follows the cause of a ladder that is climbed a second time."""


class Watched(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One alert. `since` and all other moments are aware.

    `cause` is the transition that began the present ladder (and ONCE_MORE the second time), `step` the rung of it that
    was told last (from 0), and `hand_over_at` when the next one is told if nobody takes care; None: nobody is waited
    for.
    """

    alert_id: str
    clock_id: str
    unit: str | None
    region: str | None
    right: str
    tier: Tier | None
    status: Status
    silent: bool
    reason: str
    late: bool
    unverified: bool
    since: datetime
    owner: str | None = None
    acknowledged: Tier | None = None
    snoozed_until: datetime | None = None
    watchers: tuple[str, ...] = ()
    cause: str = ""
    step: int = 0
    hand_over_at: datetime | None = None

    @property
    def acts(self) -> Acts:
        """What people did, as far as it matters here."""
        return Acts(self.owner, self.acknowledged, self.snoozed_until, self.watchers)

    @property
    def warns(self) -> bool:
        """Whether somebody should be doing something now."""
        return self.status == "open" and self.tier is not None and not self.silent


def once_more(cause: str) -> str:
    """Return the cause of the same ladder, climbed a second time."""
    return cause.removesuffix(ONCE_MORE) + ONCE_MORE


def is_once_more(cause: str) -> bool:
    """Say whether a ladder of this cause is climbed for the second time."""
    return cause.endswith(ONCE_MORE)


def transition_of(cause: str) -> str:
    """Return the transition that began a ladder."""
    return cause.removesuffix(ONCE_MORE)


def followed(before: Watched | None, transition: Transition) -> Watched:
    """Return the alert after one more transition that is not a repeat."""
    state = _moved(before, transition)
    done = acts.follow(state.acts, transition)
    return replace(
        state,
        owner=done.owner,
        acknowledged=done.acknowledged,
        snoozed_until=done.snoozed_until,
        watchers=done.watchers,
    )


def _moved(before: Watched | None, transition: Transition) -> Watched:
    status = STATUS_AFTER.get(transition.kind)
    if before is not None and status is None:
        return before
    state = before or _fresh(transition)
    is_still = before is not None and transition.reason in acts.SAME_TIER
    return replace(
        state,
        unit=transition.unit,
        region=transition.region,
        tier=transition.to_tier,
        status=status or "open",
        silent=transition.kind == "silent" or (state.silent and transition.kind in {"closed", "withdrawn"}),
        reason=state.reason if is_still else transition.reason,
        late=transition.late,
        unverified=transition.unverified,
        since=datetime.fromisoformat(transition.at),
    )


def _fresh(transition: Transition) -> Watched:
    return Watched(
        alert_id=transition.alert_id,
        clock_id=transition.clock_id,
        unit=transition.unit,
        region=transition.region,
        right=transition.right,
        tier=transition.to_tier,
        status="open",
        silent=False,
        reason=transition.reason,
        late=transition.late,
        unverified=transition.unverified,
        since=datetime.fromisoformat(transition.at),
    )
