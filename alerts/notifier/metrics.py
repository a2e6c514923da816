"""Figures of the notifier. Base units; labels are tiers, channels, roles, reasons; never a patient or a recipient."""

from dataclasses import dataclass
from typing import Final, Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600)
"""Seconds."""

NO_TIER: Final = "none"


@dataclass(frozen=True, slots=True)
class NotifierMetrics:
    """The notifier's counters and gauges in one registry."""

    drafts: Counter
    unrouted: Counter
    hand_overs: Counter
    unreadable: Counter
    sent: Counter
    failed: Counter
    seconds: Histogram
    oldest: Gauge
    waiting: Gauge
    dead: Gauge
    unowned: Gauge
    retrying: Gauge
    caught_up: Gauge
    backlog: Gauge
    turn: Gauge
    look_age: Gauge
    reload_failed: Gauge

    @classmethod
    def create(cls, registry: CollectorRegistry) -> Self:
        """Register the notifier's figures."""

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        return cls(
            drafts=counter("fristvagt_notifier_drafts", "Whom alerts were to tell, and why (not)", "told", "reason"),
            unrouted=counter("fristvagt_notifier_unrouted", "Roles that were to be told and nobody has", "role"),
            hand_overs=counter("fristvagt_notifier_hand_overs", "Alerts that nobody acknowledged in time", "tier"),
            unreadable=counter("fristvagt_notifier_unreadable", "Ledger records not as the contract says"),
            sent=counter("fristvagt_notifier_sent", "Notices that were sent", "channel", "tier"),
            failed=counter("fristvagt_notifier_failed", "Attempts that failed", "channel", "outcome", "reason"),
            seconds=Histogram(
                "fristvagt_notifier_sent_seconds",
                "Time from when a notice might go to when it was sent, in the law's time",
                ["tier"],
                buckets=BUCKETS,
                registry=registry,
            ),
            oldest=gauge("fristvagt_notifier_oldest_waiting_age_seconds", "Since when the oldest notice might be gone"),
            waiting=gauge("fristvagt_notifier_waiting_notices", "Notices that should be gone and are not"),
            dead=gauge("fristvagt_notifier_dead_notices", "Notices of open alerts, and heads, that never arrive"),
            unowned=gauge("fristvagt_notifier_unowned_alerts", "Open alerts that nobody was or will be told of"),
            retrying=gauge("fristvagt_notifier_retrying_messages", "Messages whose last attempt failed", "channel"),
            caught_up=gauge("fristvagt_notifier_caught_up", "Whether the ledger was read to its end"),
            backlog=gauge("fristvagt_notifier_backlog", "Whether warnings wait for a backlog, or to know"),
            look_age=gauge("fristvagt_notifier_look_age_seconds", "Time since the last complete look at what is due"),
            turn=gauge("fristvagt_notifier_turn", "Whether it is this process that sends"),
            reload_failed=gauge("fristvagt_policy_reload_failed", "Whether the policy file cannot be used as it is"),
        )
