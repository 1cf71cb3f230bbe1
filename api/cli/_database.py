"""The database as the verbs of the command line open it."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.console import read_settings
from api.layers import all_layers
from api.schemas import all_schemas
from layers.ops import open_database
from layers.registry import Registry
from layers.store import Database, add_runtime_layers, is_current, migrate


@contextmanager
def opened() -> Iterator[tuple[Database, Registry]]:
    """Give the database that the settings name and all its layers; one of an older version is migrated first."""
    database, registry = open_database(read_settings()), all_layers()
    try:
        with database.owner.connect() as connection:
            behind = not is_current(connection, all_schemas(), registry)
        if behind:
            migrate(database, registry, all_schemas())
        with database.owner.connect() as connection:
            add_runtime_layers(connection, registry)
        yield database, registry
    finally:
        database.dispose()
