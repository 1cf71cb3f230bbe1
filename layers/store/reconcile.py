"""Bring the tables of dataset layers up to their definitions: add tables, columns and indexes, drop nothing."""

from collections.abc import Iterable
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Column, Connection, Table, inspect, text
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

from layers.base import Layer
from layers.errors import Conflict
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import READER, WRITER
from layers.store.models import SCHEMA
from layers.store.packages import reserved_names
from layers.store.tables import feature_table, history_table

_COLUMNS = text("""
SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relname = ANY (:tables) AND a.attnum > 0 AND NOT a.attisdropped
""")


def has_columns(connection: Connection, layers: Iterable[Layer]) -> bool:
    """Tell whether all dataset layers have their two tables, with every column."""
    owned = [layer for layer in layers if isinstance(layer, DatasetLayer)]
    tables = [table for layer in owned for table in (feature_table(layer), history_table(layer))]
    names = {"schema": SCHEMA, "tables": [table.name for table in tables]}
    present = {(row.relname, row.attname) for row in connection.execute(_COLUMNS, names)}
    return present >= {(table.name, column.name) for table in tables for column in table.columns}


def reconcile(connection: Connection, layer: Layer) -> None:
    """Make or extend the two tables of a dataset layer; other layers have none."""
    if not isinstance(layer, DatasetLayer):
        return
    if layer.id in reserved_names(connection):
        raise Conflict(f"{layer.id} is reserved for a table of the program; give the layer another name (--layer)")
    added: set[str] = set()
    for table in (feature_table(layer), history_table(layer)):
        if inspect(connection).has_table(table.name, schema=SCHEMA):
            added |= _extend(connection, table)
        else:
            connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index, if_not_exists=True))
    furnish(connection, layer)
    if "hidden_from" in added:
        # Rows hidden before this column existed count as hidden at all times, until precedence is applied again.
        connection.execute(text("SELECT onemap.apply_precedence(:layer)"), {"layer": layer.id})


def furnish(connection: Connection, layer: DatasetLayer) -> None:
    """Give the two tables of a layer their triggers and rights."""
    connection.execute(text("SELECT onemap.attach_triggers(:layer)"), {"layer": layer.id})
    _grant(connection, layer)


def _extend(connection: Connection, table: Table) -> set[str]:
    """Add the columns that a table lacks, and return their names.

    A column of another type is a conflict, for a person to settle.
    """
    present = {column["name"]: column["type"] for column in inspect(connection).get_columns(table.name, schema=SCHEMA)}
    for column in table.columns:
        if column.name not in present:
            _add(connection, table, column)
        elif not isinstance(column.type, Geometry) and not _alike(connection, column, str(present[column.name])):
            raise Conflict(
                f"column {column.name} of onemap.{table.name} is {present[column.name]}, but the layer declares "
                f"{column.type}; rename the column in the layer, or change the table by a migration"
            )
        else:
            _collate(connection, table, column, present[column.name])
    return {column.name for column in table.columns} - present.keys()


def _collate(connection: Connection, table: Table, column: Column[object], present: TypeEngine[Any]) -> None:
    """Set the declared collation of a column: rows stay as they are, its indexes are rebuilt."""
    collation = getattr(column.type, "collation", None)
    if collation is not None and collation != getattr(present, "collation", None):
        declared = column.type.compile(connection.dialect)
        connection.execute(text(f'ALTER TABLE {SCHEMA}."{table.name}" ALTER "{column.name}" TYPE {declared}'))


def _add(connection: Connection, table: Table, column: Column[object]) -> None:
    definition = CreateColumn(column).compile(connection)
    connection.execute(text(f'ALTER TABLE {SCHEMA}."{table.name}" ADD COLUMN {definition}'))


def _alike(connection: Connection, column: Column[object], present: str) -> bool:
    declared = column.type.compile(connection.dialect)
    return declared.split("(")[0].split()[0] == present.split("(", maxsplit=1)[0].split(maxsplit=1)[0]


def _grant(connection: Connection, layer: Layer) -> None:
    """Let the writer change present beliefs, and only the triggers write history."""
    roles = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    current, past = (f'{SCHEMA}."{name}"' for name in (layer.id, f"{layer.id}_history"))
    if READER in roles:
        connection.execute(text(f"GRANT SELECT ON {current}, {past} TO {READER}"))
    if WRITER in roles:
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {current} TO {WRITER}"))
        connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {past} FROM {WRITER}"))
        connection.execute(text(f"GRANT SELECT ON {past} TO {WRITER}"))
