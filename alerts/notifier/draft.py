"""A draft: one recipient who may be told, and why so or why not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from alerts.delivery.message import What
from alerts.notifier.news import ENDS, REMINDS, News
from alerts.notifier.watched import Watched, is_once_more
from alerts.policy import Policy
from alerts.policy.worktime import ZONE, WorkTime
from alerts.recipients import Recipient
from alerts.tiers import Tier

STRANGER: Final = "(not in the policy)"
"""What somebody is called whose name staff typed and the policy does not have: it may be anything, also a patient's."""


class Why(StrEnum):
    """Why somebody is told."""

    ROLE = "role"
    """Has the role that owns the cure."""
    INSTEAD = "instead"
    """Has the next role, since the one before reaches nobody."""
    IN_PLACE = "in_place"
    """Has the role of somebody whom the policy has no more."""
    NOT_ACKNOWLEDGED = "not_acknowledged"
    """Has the next role, since nobody acknowledged in time."""
    OWNER = "owner"
    """Takes care of it."""
    WATCHER = "watcher"
    """Asked to be told."""
    TOLD_BEFORE = "told_before"
    """Was told of what is over, wrong or milder now."""
    NEW_ADDRESS = "new_address"
    """Has another address than the one at which it never arrived."""
    AGAIN = "again"
    """Is tried once more where it never arrived: operations say that it was mended there."""


INSTEAD_OF_SOMEBODY: Final = frozenset({Why.INSTEAD, Why.IN_PLACE})


class WhyNot(StrEnum):
    """Why somebody is not told."""

    SILENT = "silent"
    """The deadline lies far back: there is a row in the ledger and no message."""
    TOLD_ALREADY = "told_already"
    """Knows of this tier, or is about to."""
    NEVER_TOLD = "never_told"
    """What is over never reached them."""
    OVER = "over"
    """It was over before it was sent."""
    SUPERSEDED = "superseded"
    """Another tier came before it was sent."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody took care before it was sent."""
    NO_ROUTE = "no_route"
    """Nobody has the role there."""
    NO_RECIPIENT = "no_recipient"
    """The policy has no such recipient (any longer)."""
    UNDELIVERABLE = "undeliverable"
    """The channel says that it will never arrive."""


@dataclass(frozen=True, slots=True)
class Word:
    """The last that a recipient heard of an alert, or may have heard.

    Not `sure`: more likely they did not, so they are told of an end, and of the same tier once more.
    """

    what: What
    tier: Tier | None
    sure: bool = True

    @property
    def ended(self) -> bool:
        """Whether they know that nothing more is asked."""
        return self.sure and self.what in ENDS


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice that has not been sent, of the recipient of that name."""

    notice_id: str
    name: str
    what: What
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a plan depends on. `now` is the law's moment (aware).

    `alert` is as it stands after `news`. `to` is the person it was handed to. `step` is where on the ladder to begin.
    `words` are by the recipients' names, and so are `dead`: cause and news of what was lost last.
    """

    alert: Watched
    news: News
    cause: str
    now: datetime
    policy: Policy
    times: WorkTime
    words: Mapping[str, Word]
    pending: tuple[Pending, ...]
    step: int = 0
    to: str | None = None
    why: Why = Why.ROLE
    dead: Mapping[str, tuple[str, What]] = field(default_factory=dict)

    def tried(self, draft: "Draft") -> "Draft":
        """Return a draft, dropped where just this could not be brought to them: it would be no different now."""
        failed = self.dead.get(draft.name) == (self.cause, self.news)
        return draft.dropped(WhyNot.UNDELIVERABLE) if failed else draft

    @property
    def on(self) -> date:
        """The local date on which what is told goes: who is away then has a deputy."""
        tier = self.alert.tier
        goes = self.now if tier is None else self.goes_at(tier)
        return goes.astimezone(ZONE).date()

    def goes_at(self, tier: Tier) -> datetime:
        """Return when a message of a tier goes. What is told in somebody's stead has waited for the morning already."""
        if self.why in INSTEAD_OF_SOMEBODY:
            return self.times.quiet_until(self.now, tier) or self.now
        return self.times.goes_at(self.now, tier)

    @property
    def reminds(self) -> bool:
        """Whether it is told also to those who know of the tier."""
        return self.news in REMINDS or is_once_more(self.cause)


@dataclass(frozen=True, slots=True)
class Draft:
    """One who may be told. No `recipient`: nobody has the `role`, or the person is a STRANGER.

    `step` is the rung of the ladder, None beside it. `not_before` is when it may go at the earliest (the law's time);
    `digest`: it then goes together with all else of that morning.
    """

    name: str
    recipient: Recipient | None
    why: Why
    role: str | None = None
    step: int | None = None
    not_before: datetime | None = None
    digest: bool = False
    why_not: WhyNot | None = None

    @property
    def stands(self) -> bool:
        """Whether it is going to be sent, as far as is known."""
        return self.why_not is None

    @property
    def reaches(self) -> bool:
        """Whether it is for somebody who hears of it, or has heard already."""
        return self.recipient is not None and self.why_not is not WhyNot.UNDELIVERABLE

    def dropped(self, why_not: WhyNot) -> "Draft":
        """Return it with the reason why it is not sent; the first reason stays."""
        return self if self.why_not is not None else replace(self, why_not=why_not)


Drafts = tuple[Draft, ...]


class Stage(Protocol):
    """One step of a plan: adds drafts, drops them with a reason, or gives them their time."""

    def __call__(self, situation: Situation, drafts: Drafts) -> Drafts:
        """Return the drafts after this stage."""
        ...
