"""A department that acts: whoever is told first of a tier acknowledges it after so much working time. No I/O."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.ledger import STATUS_AFTER, command_cause, moment_text, transition_id_of
from alerts.notifier.news import WARNINGS
from alerts.policy.worktime import WorkTime
from deploy.dryrun.sent import Outgoing


@dataclass(slots=True)
class Department:
    """`minutes` of working time from being told to acknowledging; None: nobody ever acknowledges."""

    times: WorkTime
    minutes: float | None = None
    _promised: set[tuple[str, datetime]] = field(default_factory=set)
    _waiting: list[tuple[datetime, str, datetime, str]] = field(default_factory=list)
    _last: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def next_moment(self) -> datetime | None:
        """When somebody acknowledges next (aware); None: nobody is about to."""
        return self._waiting[0][0] if self._waiting else None

    def hear(self, records: Iterable[dict[str, Any]]) -> None:
        """Remember where alerts stand."""
        self._last.update((record["alert_id"], record) for record in records if record["kind"] in STATUS_AFTER)

    def read(self, messages: Iterable[Outgoing]) -> None:
        """Take on each warning of messages that were sent, unless somebody was told of it before."""
        if self.minutes is None:
            return
        for message in messages:
            for notice in message.notices:
                warning = (notice.alert_id, notice.since)
                if notice.what in WARNINGS and warning not in self._promised:
                    self._promised.add(warning)
                    at = self.times.after_working_minutes(message.at, self.minutes)
                    heapq.heappush(self._waiting, (at, *warning, message.recipient))

    def acknowledged(self, now: datetime) -> list[dict[str, Any]]:
        """Return the ledger records of what is acknowledged by now (aware): only warnings that still hold."""
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            _, alert_id, since, name = heapq.heappop(self._waiting)
            last = self._last[alert_id]
            if last["to"] is not None and datetime.fromisoformat(last["at"]) == since:
                found.append(_acknowledged(last, now, name))
        return found


def _acknowledged(last: dict[str, Any], now: datetime, name: str) -> dict[str, Any]:
    """Return the record with which the worker answers such a command."""
    tier, alert_id = last["to"], last["alert_id"]
    cause = command_cause(f"dry-run {last['transition_id']}")
    return last | {
        "transition_id": transition_id_of(alert_id, "acknowledged", tier, cause),
        "kind": "acknowledged",
        "from": tier,
        "reason": "acknowledged",
        "at": moment_text(now),
        "due": None,
        "late": False,
        "unverified": False,
        "cause": cause,
        "actor": name,
    }
