"""Alembic's entry: runs on the connection that ``layers.store.migration`` hands over."""

from alembic import context

from layers.store.models import SCHEMA

context.configure(connection=context.config.attributes["connection"], version_table_schema=SCHEMA)
with context.begin_transaction():
    context.run_migrations()
