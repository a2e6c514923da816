"""The notifier's tables, beside those of the ledger book. A change of one is a new migration."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text

from alerts.records.tables import METADATA, Moment

WATCHED_ALERTS = Table(
    "watched_alerts",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("clock_id", Text, nullable=False),
    Column("unit", Text),
    Column("region", Text),
    Column("right", Text, nullable=False),
    Column("tier", Text),
    Column("status", Text, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("unverified", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("owner", Text),
    Column("acknowledged", Text),
    Column("snoozed_until", Moment),
    Column("watchers", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("hand_over_at", Moment),
    Index(None, "hand_over_at"),
)
"""`alerts.notifier.watched.Watched`, a row each; `watchers` is a JSON list."""

NOTICES = Table(
    "notices",
    METADATA,
    Column("notice_id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("watched_alerts.alert_id"), nullable=False),
    Column("cause", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("role", Text),
    Column("step", Integer),
    Column("what", Text, nullable=False),
    Column("tier", Text),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("unverified", Boolean, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("not_before", Moment),
    Column("digest", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("why_not", Text),
    Column("message_id", Text, ForeignKey("messages.message_id")),
    Column("number", Integer, nullable=False),
    Index(None, "alert_id"),
    Index(None, "message_id"),
    Index(None, "state", "not_before"),
)
"""Whom an alert was to tell, one a recipient and cause, also those who are not told, with the reason.

`recipient` is a name of the policy, or the role that nobody has. `number` counts an alert's notices. Moments are the
law's time. `state`: `waiting`, `composed` (in a message that is still to be sent), `sent`, `dropped` or `dead`.
"""

MESSAGES = Table(
    "messages",
    METADATA,
    Column("message_id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("head", Text),
    Column("made_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index(None, "state", "next_at"),
    Index(None, "recipient", "made_at"),
)
"""What is sent: `open`, `sent`, `dead` or `dropped`. `at` is the law's time, all other moments the wall's."""

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("message_id", Text, ForeignKey("messages.message_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("outcome", Text),
    Column("why", Text),
    Column("receipt", Text),
    Column("wait_seconds", Float),
    Column("address_hash", Text),
)
"""One row an attempt; wall time. `outcome`: `sent`, `temporary`, `permanent`, or NULL: nobody knows (yet).

`address_hash` tells where it went, NULL in rows from before it was kept.
"""

TURNS = Table(
    "notifier_turns",
    METADATA,
    Column("task", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)
"""Which process hands over and sends now; wall time."""
