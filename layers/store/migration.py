"""Migrates a database from any state to the one that this version of the program needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from layers.registry import Registry
from layers.store.engine import READER, WRITER, Database
from layers.store.models import SCHEMA
from layers.store.package_schema import Adoption, PackageSchema, Schemas
from layers.store.packages import record, require_not_older
from layers.store.rebuild import sweep
from layers.store.reconcile import reconcile
from layers.store.revision import current_revisions
from layers.store.runtime import add_runtime_layers
from layers.store.shadowed_layers import rename_shadowed_layers

if TYPE_CHECKING:
    from alembic.config import Config

QUEUE_SCHEMA = "jobs"
# An arbitrary number that no other program on the same server uses for its advisory locks.
_LOCK = 0x0E3A9


def migrate(database: Database, registry: Registry, schemas: Schemas) -> dict[str, str]:
    """Migrate the tables of all packages, re-apply their functions, and reconcile the tables of all layers.

    All in one transaction; processes that start at once wait for each other. Raises Conflict where a newer program
    has migrated the database. Returns the new names, by old ones, of layers made from files that were renamed in
    favour of layers of ``registry``, which has those of the program alone.
    """
    with database.owner.connect() as connection:
        if QUEUE_SCHEMA not in _schemas(connection):
            _install_queue(connection)
        with _alone(connection), connection.begin():
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            require_not_older(connection, schemas)
            for schema in schemas:
                _upgrade(connection, schema, schemas)
            for schema in schemas:
                apply_functions(connection, schema)
            _grant_own_tables(connection, schemas)
            renamed = rename_shadowed_layers(connection, registry)
            add_runtime_layers(connection, registry)
            for layer in registry:
                reconcile(connection, layer)
            sweep(connection)
    return renamed


def apply_functions(connection: Connection, schema: PackageSchema) -> None:
    """Create or replace the database functions of a package, one file after the other, and record their version."""
    for script in schema.scripts():
        connection.exec_driver_sql(script.read_text(encoding="utf-8").replace("%", "%%"), ())
    record(connection, schema)


def alembic_config(connection: Connection, schemas: Schemas) -> "Config":
    """Return Alembic's configuration for migrations of all packages on this connection."""
    # Imported here, as the queue below: slow to import, and most verbs migrate nothing.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "layers.store:migrations")
    config.set_main_option("version_locations", " ".join(schema.version_location for schema in schemas))
    config.set_main_option("path_separator", "space")
    config.set_main_option("version_path_separator", "space")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, schema: PackageSchema, schemas: Schemas) -> None:
    """Upgrade one package's branch to its head; the branches it depends on are upgraded already."""
    from alembic import command

    config = alembic_config(connection, schemas)
    adoption = schema.adoption
    if adoption is not None and _is_older_than_branches(connection, schema, adoption):
        command.stamp(config, adoption.revision)
    command.upgrade(config, f"{schema.name}@head")


def _is_older_than_branches(connection: Connection, schema: PackageSchema, adoption: Adoption) -> bool:
    """Tell whether the package's tables exist from the time when all packages shared one branch."""
    if current_revisions(connection) & schema.revisions:
        return False
    return inspect(connection).has_table(adoption.table, schema=SCHEMA)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Hold the advisory lock of migrations for the session."""
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()


def _schemas(connection: Connection) -> set[str]:
    names = set(connection.execute(text("SELECT nspname FROM pg_namespace")).scalars())
    connection.rollback()
    return names


def _install_queue(connection: Connection) -> None:
    """Create the queue's tables in a schema of their own; procrastinate uses the search path."""
    from procrastinate.schema import SchemaManager

    with _alone(connection):
        if QUEUE_SCHEMA in _schemas(connection):
            return
        with connection.begin():
            connection.execute(text(f"CREATE SCHEMA {QUEUE_SCHEMA}"))
            connection.execute(text(f"SET LOCAL search_path TO {QUEUE_SCHEMA}"))
            connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"), ())


def _grant_own_tables(connection: Connection, schemas: Schemas) -> None:
    """Grant each role its rights on the packages' tables, and revoke all others that defaults granted."""
    roles = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    everything = ", ".join(f'"{SCHEMA}"."{name}"' for schema in schemas for name in schema.tables)
    for role in roles & {READER, WRITER}:
        connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA}, {QUEUE_SCHEMA} TO {role}"))
        connection.execute(text(f"REVOKE ALL ON {everything}, {SCHEMA}.alembic_version FROM {role}"))
        for schema in schemas:
            for right, tables in schema.rights[role].items():
                names = ", ".join(f"{SCHEMA}.{name}" for name in tables)
                connection.execute(text(f"GRANT {right} ON {names} TO {role}"))
        connection.execute(text(f"GRANT SELECT ON {SCHEMA}.alembic_version TO {role}"))
    if WRITER in roles:
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA {QUEUE_SCHEMA} TO {WRITER}"))
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA}, {QUEUE_SCHEMA} TO {WRITER}"))
        # Transactions are numbered and stamped by functions of the owner alone.
        ours = f"{SCHEMA}.transaction_log_id_seq, {SCHEMA}.last_commit"
        connection.execute(text(f"REVOKE ALL ON SEQUENCE {ours} FROM {WRITER}"))
