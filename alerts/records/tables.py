"""The tables of the records, the same in SQLite and PostgreSQL. A change of one is a new migration."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC with microseconds; SQLite keeps it without the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what the database is given."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone; give an aware datetime")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Return what the database gave, in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

LEDGER_ENTRIES = Table(
    "ledger_entries",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("source_offset", BigInteger, nullable=False),
    Column("transition_id", Text, nullable=False),
    Column("alert_id", Text),
    Column("clock_id", Text),
    Column("patient", Text),
    Column("pathway", Text),
    Column("unit", Text),
    Column("region", Text),
    Column("right", Text),
    Column("kind", Text, nullable=False),
    Column("at", Moment),
    Column("content", Text),
    Column("salt", Text),
    Column("content_hash", Text, nullable=False),
    Column("chain_hash", Text, nullable=False),
    UniqueConstraint("transition_id", "partition"),
    Index(None, "at"),
    # Others choose these texts, and a B-tree of PostgreSQL refuses long ones.
    Index(None, "alert_id", postgresql_using="hash"),
    Index(None, "patient", postgresql_using="hash"),
    Index(None, "pathway", postgresql_using="hash"),
)
"""The ledger book: `alerts.records.entry.Entry`, a row each."""

LEDGER_APPLIED = Table(
    "ledger_applied",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("chain_hash", Text, nullable=False),
)
"""How far each partition of the topic is in the book, and the last entry: changed in the transaction of the entries."""

LEDGER_HEADS = Table(
    "ledger_heads",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("text", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""The daily heads as they were mailed, one a local date."""

NOTES = Table(
    "notes",
    METADATA,
    Column("note_id", Text, primary_key=True),
    Column("command_id", Text, nullable=False, unique=True),
    Column("patient", Text),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text),
    Column("salt", Text),
    Index(None, "patient", postgresql_using="hash"),
)
"""What staff wrote. `note_id` is the hash of salt and text, which the ledger holds; text and salt can be erased."""
