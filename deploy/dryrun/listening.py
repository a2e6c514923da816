"""What a notifier reports, taken down instead of told to log and figures."""

from collections.abc import Callable, Iterable
from datetime import datetime

from alerts.notifier.applying import Applied
from alerts.notifier.attempts import Attempt, Result
from alerts.notifier.metrics import NotifierMetrics
from alerts.notifier.planner import Told
from alerts.notifier.reporting import Reporter
from deploy.dryrun.sent import Hole, Notice, Outcome, Outgoing


class Listening(Reporter):
    """Takes down what is sent and what nobody is told of. The ledger's daily head is no alert, and left out."""

    def __init__(self, metrics: NotifierMetrics, outcome: Outcome, now: Callable[[], datetime]) -> None:
        super().__init__(metrics)
        self._outcome = outcome
        self._now = now

    def applied(self, partition: int, found: Applied) -> None:  # noqa: ARG002 - the reporter's
        """Take down a run. Raises ValueError for a record that cannot be read: ours always can."""
        if found.unreadable:
            raise ValueError(f"{len(found.unreadable)} ledger records cannot be read; the notifier is another version")
        self.told(found.told)

    def told(self, found: Iterable[Told]) -> None:
        """Take down the alerts of which nobody can be told."""
        for each in found:
            if each.plan.unowned:
                alert = each.alert
                self._outcome.holes.append(Hole(self._now(), alert.alert_id, alert.unit, alert.tier))

    def attempted(self, attempt: Attempt, result: Result, now: datetime) -> None:
        """Take down a message that left."""
        if result.outcome != "sent" or not attempt.notices:
            return
        notices = tuple(
            Notice(row.alert_id, row.clock_id, row.what, row.tier, row.unit, row.right, row.at, row.digest)
            for row in attempt.notices
        )
        self._outcome.sent.append(Outgoing(now, attempt.message.recipient.name, notices))
