"""Who speaks with the clock: the simulator of ``twin up`` stands back while somebody simulates by hand."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from layers.store import Database

_NAME = "simulator's clock"
_TAKE = text("SELECT pg_advisory_lock_shared(hashtextextended(:name, 0))")
_GIVE_BACK = text("SELECT pg_advisory_unlock_shared(hashtextextended(:name, 0))")
_IS_FREE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


@contextmanager
def taken(database: Database) -> Iterator[None]:
    """Speak with the clock; several may, each for its own seed or storm."""
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_TAKE, {"name": _NAME})
        try:
            yield
        finally:
            connection.execute(_GIVE_BACK, {"name": _NAME})


def is_taken(database: Database) -> bool:
    """Tell whether somebody speaks with the clock by hand."""
    with database.writer.begin() as connection:
        return not connection.execute(_IS_FREE, {"name": _NAME}).scalar_one()
