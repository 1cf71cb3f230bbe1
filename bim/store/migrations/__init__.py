"""The branch of Alembic migrations that belongs to ``bim``; it comes after that of ``layers``."""
