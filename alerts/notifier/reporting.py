"""What was decided and sent, told to the log and the figures. No patient, no address."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime

from alerts.notifier.applying import Applied
from alerts.notifier.attempts import Attempt, Result
from alerts.notifier.draft import Draft, WhyNot
from alerts.notifier.gauging import Standing
from alerts.notifier.metrics import NO_TIER, NotifierMetrics
from alerts.notifier.planner import Told
from alerts.recipients import Channel

logger = logging.getLogger(__name__)

CHANNELS: tuple[Channel, ...] = ("mail", "webhook")


class Reporter:
    """Tells log and figures."""

    def __init__(self, metrics: NotifierMetrics) -> None:
        self.metrics = metrics
        self._looked = time.monotonic()
        metrics.look_age.set_function(lambda: time.monotonic() - self._looked)
        for channel in CHANNELS:
            metrics.retrying.labels(channel).set(0)

    def applied(self, partition: int, found: Applied) -> None:
        """Report a run."""
        self.told(found.told)
        for offset in found.unreadable:
            self.metrics.unreadable.inc()
            where = {"partition": partition, "offset": offset}
            logger.error("a ledger record could not be read, so it tells nobody anything", extra=where)

    def told(self, found: Iterable[Told]) -> None:
        """Report whom alerts tell, and whom not."""
        for each in found:
            if each.news == "not_acknowledged":
                self.metrics.hand_overs.labels(each.alert.tier or NO_TIER).inc()
            for draft in each.plan.drafts:
                self._draft(each, draft)
            if each.plan.unowned:
                about = {"alert_id": each.alert.alert_id, "tier": each.alert.tier, "unit": each.alert.unit}
                logger.error("an alert reaches nobody: give the policy a route", extra=about)

    def again(self, found: Iterable[Told]) -> None:
        """Report who is told at a new address: no rung is handed over to for that."""
        for each in found:
            for draft in each.plan.drafts:
                self._draft(each, draft)

    def _draft(self, told: Told, draft: Draft) -> None:
        reason = draft.why if draft.why_not is None else draft.why_not
        self.metrics.drafts.labels("yes" if draft.stands else "no", str(reason)).inc()
        about = {"alert_id": told.alert.alert_id, "what": told.news, "tier": told.alert.tier, "reason": str(reason)}
        if draft.why_not is WhyNot.NO_ROUTE:
            self.metrics.unrouted.labels(draft.name).inc()
            about |= {"role": draft.name, "unit": told.alert.unit}
            logger.warning("a role was to be told and nobody has it, so the next one is told", extra=about)
        else:
            said = "is told" if draft.stands else "is not told"
            logger.info(said, extra=about | {"recipient": draft.name})

    def attempted(self, attempt: Attempt, result: Result, now: datetime) -> None:
        """Report an attempt; `now` is the law's moment (aware)."""
        recipient = attempt.message.recipient
        about = {"message_id": attempt.message.notice_id, "recipient": recipient.name, "attempt": attempt.number}
        if result.outcome != "sent":
            self.metrics.failed.labels(recipient.channel, result.outcome, result.why or "").inc()
            logger.warning("a message was not sent", extra=about | {"outcome": result.outcome, "reason": result.why})
            return
        logger.info("sent", extra=about)
        for notice in attempt.notices:
            tier = notice.tier or NO_TIER
            self.metrics.sent.labels(recipient.channel, tier).inc()
            self.metrics.seconds.labels(tier).observe(max(0.0, (now - notice.not_before).total_seconds()))

    def looked(self) -> None:
        """Note that a look has come to its end: its age is counted from here."""
        self._looked = time.monotonic()

    def stands(self, found: Standing, now: datetime) -> None:
        """Report what waits."""
        self.metrics.waiting.set(found.waiting)
        self.metrics.oldest.set(0.0 if found.oldest is None else (now - found.oldest).total_seconds())
        self.metrics.dead.set(found.dead)
        self.metrics.unowned.set(found.unowned)
        for channel in CHANNELS:
            self.metrics.retrying.labels(channel).set(found.retrying.get(channel, 0))
