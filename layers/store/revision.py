"""The revisions of a database.

Used by every verb and every health check, hence without Alembic, which is slow to import.
"""

from sqlalchemy import Connection, text

from layers.store.package_schema import Schemas, newest_revisions

_KEPT = text("SELECT to_regclass('onemap.alembic_version') IS NOT NULL")
_CURRENT = text("SELECT version_num FROM onemap.alembic_version")


def current_revisions(connection: Connection) -> frozenset[str]:
    """Return the revisions that a database is at, one of each package's branch; none before the first migration."""
    if not connection.execute(_KEPT).scalar_one():
        return frozenset()
    return frozenset(connection.execute(_CURRENT).scalars())


def is_current(connection: Connection, schemas: Schemas) -> bool:
    """Tell whether a database is as this version of the program needs it."""
    return current_revisions(connection) == newest_revisions(schemas)


def written(revisions: frozenset[str]) -> str:
    """Return revisions as people read them."""
    return ", ".join(sorted(revisions)) or "none"
