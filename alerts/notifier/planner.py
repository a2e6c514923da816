"""From news to rows: loads what a plan depends on, plans, and writes what comes of it, in the caller's transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from alerts.ledger import Transition
from alerts.notifier import alertrows, noticerows
from alerts.notifier.draft import Situation, Why
from alerts.notifier.news import CALMS, News, news_of
from alerts.notifier.planning import Plan, calmed, plan
from alerts.notifier.watched import BEFORE_THE_LADDER, Watched, followed, is_once_more, once_more
from alerts.policy import Policy
from alerts.policy.worktime import WorkTime


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy in force and the times that follow from it."""

    policy: Policy
    times: WorkTime

    @classmethod
    def of(cls, policy: Policy, is_working_day: Callable[[date], bool]) -> "Rules":
        """Put a policy on a calendar."""
        return cls(policy, WorkTime(policy, is_working_day))


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a piece of news, for log and figures."""

    alert: Watched
    news: News
    plan: Plan


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans in one transaction. `now` is the law's moment (aware)."""

    connection: Connection
    rules: Rules
    now: datetime

    def follow(self, before: Watched | None, transition: Transition) -> tuple[Watched, Told | None]:
        """Take one more transition of an alert; return the alert after it, and who is told if there is something."""
        alert = followed(before, transition)
        if transition.kind in CALMS:
            alert = self._calm(alert)
        news = news_of(transition)
        if news is None:
            alertrows.save(self.connection, alert)
            return alert, None
        to = (transition.detail or {}).get("to") if news == "handed_over" else None
        told = self.tell(alert, news, cause=transition.transition_id, to=to)
        return told.alert, told

    def hand_over(self, alert: Watched) -> Told:
        """Tell the next rung of the ladder, since nobody took care in time; the first one where nobody was told."""
        if alert.step == BEFORE_THE_LADDER:
            return self.tell(alert, "raised", cause=alert.cause)
        step = alert.step + 1
        return self.tell(alert, "not_acknowledged", cause=alert.cause, step=step, why=Why.NOT_ACKNOWLEDGED)

    def instead(self, alert: Watched, news: News) -> Told:
        """Tell the next rung at once, since this one cannot be reached. To them it is a warning, not handed over."""
        news = "raised" if news == "handed_over" else news
        return self.tell(alert, news, cause=alert.cause, step=alert.step + 1, why=Why.INSTEAD)

    def in_place(self, alert: Watched, news: News) -> Told:
        """Tell whoever is on this rung now, since the policy has no more whom it was for; else the next one."""
        news = "raised" if news == "handed_over" else news
        return self.tell(alert, news, cause=alert.cause, step=max(alert.step, 0), why=Why.IN_PLACE)

    def climbed(self, told: Told) -> list[Told]:
        """Return what is told, and that the ladder begins again if it has ended after a hand-over by staff."""
        alert = told.alert
        ended = alert.warns and alert.hand_over_at is None and not is_once_more(alert.cause)
        if not ended or not noticerows.was_handed_over(self.connection, alert.alert_id, alert.cause):
            return [told]
        cause = once_more(alert.cause)
        return [told, self.tell(alert, "not_acknowledged", cause=cause, why=Why.NOT_ACKNOWLEDGED)]

    def tell(  # noqa: PLR0913 - what a situation is made of
        self, alert: Watched, news: News, *, cause: str, step: int = 0, to: str | None = None, why: Why = Why.ROLE
    ) -> Told:
        """Plan and write: the alert with its place on the ladder, what is taken back, and the drafts."""
        heard = noticerows.heard(self.connection, alert.alert_id)
        situation = Situation(
            alert=alert,
            news=news,
            cause=cause,
            now=self.now,
            policy=self.rules.policy,
            times=self.rules.times,
            words=heard.words,
            pending=heard.pending,
            step=step,
            to=to,
            why=why,
            dead=heard.dead,
        )
        found = plan(situation)
        after = replace(alert, cause=cause, step=found.step, hand_over_at=found.hand_over_at)
        alertrows.save(self.connection, after)
        noticerows.take_back(self.connection, found.taken_back)
        noticerows.add(self.connection, situation, found.drafts, heard.number)
        return Told(after, news, found)

    def _calm(self, alert: Watched) -> Watched:
        pending = noticerows.heard(self.connection, alert.alert_id).pending
        noticerows.take_back(self.connection, calmed(pending))
        return replace(alert, hand_over_at=None)
