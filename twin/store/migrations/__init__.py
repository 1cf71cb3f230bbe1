"""The branch of Alembic migrations that belongs to ``twin``; it comes after that of ``layers``."""
