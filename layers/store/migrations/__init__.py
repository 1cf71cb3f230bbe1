"""Alembic migrations of our own tables; layer tables are the reconciler's."""
