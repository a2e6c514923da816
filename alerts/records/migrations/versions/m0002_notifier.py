"""Watched alerts, notices, messages, their deliveries, and whose turn it is to send."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _watched_alerts()
    _messages()
    _notices()
    _deliveries()
    op.create_table(
        "notifier_turns",
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("task", name="pk_notifier_turns"),
    )


def _watched_alerts() -> None:
    op.create_table(
        "watched_alerts",
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("clock_id", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("right", sa.Text, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("silent", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("unverified", sa.Boolean, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("acknowledged", sa.Text),
        sa.Column("snoozed_until", MOMENT),
        sa.Column("watchers", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("hand_over_at", MOMENT),
        sa.PrimaryKeyConstraint("alert_id", name="pk_watched_alerts"),
    )
    op.create_index("ix_watched_alerts_hand_over_at", "watched_alerts", ["hand_over_at"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("head", sa.Text),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.PrimaryKeyConstraint("message_id", name="pk_messages"),
    )
    op.create_index("ix_messages_state_next_at", "messages", ["state", "next_at"])
    op.create_index("ix_messages_recipient_made_at", "messages", ["recipient", "made_at"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Text, nullable=False),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("step", sa.Integer),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("unverified", sa.Boolean, nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT),
        sa.Column("digest", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("why_not", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
        sa.ForeignKeyConstraint(["alert_id"], ["watched_alerts.alert_id"], name="fk_notices_alert_id_watched_alerts"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.message_id"], name="fk_notices_message_id_messages"),
    )
    for names in (["alert_id"], ["message_id"], ["state", "not_before"]):
        op.create_index(f"ix_notices_{'_'.join(names)}", "notices", names)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
        sa.Column("outcome", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("receipt", sa.Text),
        sa.Column("wait_seconds", sa.Float),
        sa.PrimaryKeyConstraint("message_id", "attempt", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.message_id"], name="fk_deliveries_message_id_messages"),
    )
