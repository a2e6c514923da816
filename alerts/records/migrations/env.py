"""What Alembic runs for each migration: all steps in the transaction of the connection that it is handed."""

from alembic import context

from alerts.records.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
