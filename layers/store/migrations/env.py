"""Alembic's entry: runs on the connection that ``layers.store.migrate`` hands over."""

from alembic import context

from layers.store.migrations.scope import include_own
from layers.store.models import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    include_object=include_own,
    version_table_schema=SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
