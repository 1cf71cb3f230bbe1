"""From any state of a database to the one that this version of the program needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from sqlalchemy import Connection, text

from layers.registry import Registry
from layers.store.engine import READER, WRITER, Database
from layers.store.models import SCENARIO_TABLES, SCHEMA, metadata
from layers.store.overtaken import give_way
from layers.store.rebuild import sweep
from layers.store.reconcile import reconcile
from layers.store.runtime import add_runtime_layers

QUEUE_SCHEMA = "jobs"
# Any number will do that no other program on the same server uses for its advisory locks.
_LOCK = 0x0E3A9
_GOVERNED = ("quarantine", "rule", "match", "code", "code_series", "code_block", "code_successor")
_OPEN = (
    "dataset",
    "coverage",
    "load",
    "layer",
    "raster",
    "bump",
    "bound",
    "epoch",
    "job",
    *_GOVERNED,
    "transaction_log",
)
_EDITED = ("dataset", "coverage", "load", "raster", "job", "principal", *_GOVERNED)
_SCENARIOS = tuple(name for name in SCENARIO_TABLES if name != "task_event")
# Nobody but the owner writes versions and run-time layers, and nobody changes what was audited or done about a task.
_RIGHTS: dict[str, dict[str, tuple[str, ...]]] = {
    READER: {"SELECT": (*_OPEN, *SCENARIO_TABLES)},
    WRITER: {
        "SELECT": _OPEN,
        "SELECT, INSERT, UPDATE, DELETE": (*_EDITED, *_SCENARIOS),
        "SELECT, INSERT": ("audit", "task_event"),
    },
}
_SQL = files("layers.store") / "sql"


def migrate(database: Database, registry: Registry) -> dict[str, str]:
    """Migrate our tables, re-apply the SQL functions, and reconcile the tables of all layers, in one transaction.

    Processes that start at once wait for each other. Returns the new names, by old ones, of layers made from files
    that had to give way to layers of ``registry``, which has those of the program alone.
    """
    with database.owner.connect() as connection:
        if QUEUE_SCHEMA not in _schemas(connection):
            _install_queue(connection)
        with _alone(connection), connection.begin():
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            _upgrade(connection)
            apply_functions(connection)
            _grant_own_tables(connection)
            renamed = give_way(connection, registry)
            add_runtime_layers(connection, registry)
            for layer in registry:
                reconcile(connection, layer)
            sweep(connection)
    return renamed


def apply_functions(connection: Connection) -> None:
    """Create or replace the database functions, one file after the other in order of their names."""
    for script in sorted(_SQL.iterdir(), key=lambda entry: entry.name):
        if script.name.endswith(".sql"):
            connection.exec_driver_sql(script.read_text(encoding="utf-8").replace("%", "%%"), ())


def _upgrade(connection: Connection) -> None:
    # Imported here, and the queue below: they take longer to import than most verbs, which migrate nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "layers.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


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
    """Make the queue's tables in a schema of their own; procrastinate goes by the search path."""
    from procrastinate.schema import SchemaManager

    with _alone(connection):
        if QUEUE_SCHEMA in _schemas(connection):
            return
        with connection.begin():
            connection.execute(text(f"CREATE SCHEMA {QUEUE_SCHEMA}"))
            connection.execute(text(f"SET LOCAL search_path TO {QUEUE_SCHEMA}"))
            connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"), ())


def _grant_own_tables(connection: Connection) -> None:
    """Give each role what it needs of our own tables, and take whatever a default gave beyond that."""
    known = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    for role, rights in _RIGHTS.items():
        if role in known:
            names = [*(table.name for table in metadata.sorted_tables), *SCENARIO_TABLES]
            everything = ", ".join(f'"{SCHEMA}"."{name}"' for name in names)
            connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA}, {QUEUE_SCHEMA} TO {role}"))
            connection.execute(text(f"REVOKE ALL ON {everything}, {SCHEMA}.alembic_version FROM {role}"))
            for right, tables in rights.items():
                named = ", ".join(f"{SCHEMA}.{name}" for name in tables)
                connection.execute(text(f"GRANT {right} ON {named} TO {role}"))
            connection.execute(text(f"GRANT SELECT ON {SCHEMA}.alembic_version TO {role}"))
    if WRITER in known:
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA {QUEUE_SCHEMA} TO {WRITER}"))
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA}, {QUEUE_SCHEMA} TO {WRITER}"))
        # Transactions are numbered and stamped by functions of the owner alone.
        ours = f"{SCHEMA}.transaction_log_id_seq, {SCHEMA}.last_commit"
        connection.execute(text(f"REVOKE ALL ON SEQUENCE {ours} FROM {WRITER}"))
