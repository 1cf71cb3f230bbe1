"""The database as the verbs of the command line open it."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.console import read_settings
from api.layers import all_layers
from layers.registry import Registry
from layers.store.connect import open_database
from layers.store.engine import Database
from layers.store.migrate import migrate
from layers.store.revision import current_revision, newest_revision
from layers.store.runtime import add_runtime_layers


@contextmanager
def opened() -> Iterator[tuple[Database, Registry]]:
    """Give the database that the settings name and all its layers; one of an older version is migrated first."""
    database, registry = open_database(read_settings()), all_layers()
    try:
        with database.owner.connect() as connection:
            behind = current_revision(connection) != newest_revision()
        if behind:
            migrate(database, registry)
        with database.owner.connect() as connection:
            add_runtime_layers(connection, registry)
        yield database, registry
    finally:
        database.dispose()
