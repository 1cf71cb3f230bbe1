"""The revisions of a database.

Used by every verb and every health check, hence without Alembic, which is slow to import.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from layers.base import Layer
from layers.store.package_schema import Schemas, newest_revisions
from layers.store.packages import has_functions
from layers.store.reconcile import has_columns

_KEPT = text("SELECT to_regclass('onemap.alembic_version') IS NOT NULL")
_CURRENT = text("SELECT version_num FROM onemap.alembic_version")


def current_revisions(connection: Connection) -> frozenset[str]:
    """Return the revisions that a database is at, one of each package's branch; none before the first migration."""
    if not connection.execute(_KEPT).scalar_one():
        return frozenset()
    return frozenset(connection.execute(_CURRENT).scalars())


def is_current(connection: Connection, schemas: Schemas, layers: Iterable[Layer]) -> bool:
    """Tell whether a database is as this version of the program needs it: tables, functions, columns of layers."""
    has_tables = current_revisions(connection) == newest_revisions(schemas)
    return has_tables and has_functions(connection, schemas) and has_columns(connection, layers)


def written(revisions: frozenset[str]) -> str:
    """Return revisions as people read them."""
    return ", ".join(sorted(revisions)) or "none"
