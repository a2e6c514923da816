"""The ledger book with its heads, and the notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _ledger_entries()
    op.create_table(
        "ledger_applied",
        sa.Column("partition", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("chain_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_ledger_applied"),
    )
    op.create_table(
        "ledger_heads",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_ledger_heads"),
    )
    _notes()


def _ledger_entries() -> None:
    columns = ("alert_id", "clock_id", "patient", "pathway", "unit", "region", "right")
    op.create_table(
        "ledger_entries",
        sa.Column("partition", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("source_offset", sa.BigInteger, nullable=False),
        sa.Column("transition_id", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in columns),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("content", sa.Text),
        sa.Column("salt", sa.Text),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("chain_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("partition", "seq", name="pk_ledger_entries"),
        sa.UniqueConstraint("transition_id", "partition", name="uq_ledger_entries_transition_id_partition"),
    )
    op.create_index("ix_ledger_entries_at", "ledger_entries", ["at"])
    for name in ("alert_id", "patient", "pathway"):
        op.create_index(f"ix_ledger_entries_{name}", "ledger_entries", [name], postgresql_using="hash")


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("note_id", sa.Text, nullable=False),
        sa.Column("command_id", sa.Text, nullable=False),
        sa.Column("patient", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("salt", sa.Text),
        sa.PrimaryKeyConstraint("note_id", name="pk_notes"),
        sa.UniqueConstraint("command_id", name="uq_notes_command_id"),
    )
    op.create_index("ix_notes_patient", "notes", ["patient"], postgresql_using="hash")
