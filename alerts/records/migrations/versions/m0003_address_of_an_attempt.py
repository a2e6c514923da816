"""Which address an attempt to send went to, as a hash."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column. Of the attempts before, nobody knows."""
    op.add_column("deliveries", sa.Column("address_hash", sa.Text))
