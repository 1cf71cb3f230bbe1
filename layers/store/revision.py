"""At which revision a database is, and which one this version of the program needs.

Asked by every verb and every health check, hence without Alembic, which takes longer to import than to answer.
"""

from functools import lru_cache
from importlib.resources import files

from sqlalchemy import Connection, text

_KEPT = text("SELECT to_regclass('onemap.alembic_version') IS NOT NULL")
_CURRENT = text("SELECT max(version_num) FROM onemap.alembic_version")


def current_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at; None before the first migration."""
    if not connection.execute(_KEPT).scalar_one():
        return None
    revision = connection.execute(_CURRENT).scalar_one()
    return None if revision is None else str(revision)


@lru_cache
def newest_revision() -> str:
    """Return the revision that this version of the program needs: migrations are numbered, one file each."""
    names = [entry.name for entry in (files("layers.store") / "migrations" / "versions").iterdir()]
    return max(name.split("_")[0] for name in names if name[:1].isdigit())
