"""Layers made from files whose names a newer version of the program has taken for layers of its own.

Columns, geometry and meaning of the two are not the same, so neither can stand for the other: the one from the file
gets another name, with all its rows, their history, and all that refers to them; the built-in one begins empty.
"""

from dataclasses import replace
from itertools import count

from sqlalchemy import Connection, delete, insert, inspect, select, text

from layers.registry import Registry
from layers.store.models import SCHEMA, audit, metadata
from layers.store.models import layer as layer_table
from layers.store.packages import reserved_names
from layers.store.runtime import define, from_json

_SUFFIX = "loaded"
# The principal in the audit.
_WHO = "upgrade"
# Where the layer is named other than by a column ``layer``.
_RULE_IDS = text("UPDATE onemap.rule SET id = :name || substr(id, length(:old) + 1) WHERE layer = :old")


def rename_shadowed_layers(connection: Connection, registry: Registry) -> dict[str, str]:
    """Rename run-time layers that have the id of a layer of ``registry``, and return new names by old ones.

    In the caller's transaction, as the owner; idempotent.
    """
    stored = select(layer_table.c.id, layer_table.c.definition).order_by(layer_table.c.id)
    renamed = {}
    for old, definition in connection.execute(stored).all():
        layer = from_json(definition)
        # A registry may have it from this database.
        if old not in registry or registry.get(old) == layer:
            continue
        name = _free_name(connection, registry, old)
        _rename_tables(connection, old, name)
        _rename_mentions(connection, old, name)
        connection.execute(delete(layer_table).where(layer_table.c.id == old))
        define(connection, replace(layer, id=name))
        entry = {"principal": _WHO, "action": "write", "resource": "database", "allowed": "yes"}
        connection.execute(insert(audit).values(entry | {"detail": {"layer": old, "renamed": name}}))
        renamed[old] = name
    return renamed


def _free_name(connection: Connection, registry: Registry, old: str) -> str:
    tables = inspect(connection).get_table_names(schema=SCHEMA)
    used_names = {*(layer.id for layer in registry), *reserved_names(connection), *tables}
    numbered = (f"{old[:30]}_{_SUFFIX}{number if number > 1 else ''}" for number in count(1))
    return next(name for name in numbered if not {name, f"{name}_history"} & used_names)


def _rename_tables(connection: Connection, old: str, name: str) -> None:
    """Rename the two tables, and their indexes and constraints, whose names begin with the table's."""
    quote = connection.dialect.identifier_preparer.quote
    for suffix in ("_history", ""):
        table = f"{old}{suffix}"
        indexes = text("SELECT indexname FROM pg_indexes WHERE schemaname = :schema AND tablename = :table")
        for index in connection.execute(indexes, {"schema": SCHEMA, "table": table}).scalars().all():
            new_name = quote(f"{name}{index.removeprefix(old)}")
            connection.execute(text(f"ALTER INDEX {SCHEMA}.{quote(index)} RENAME TO {new_name}"))
        connection.execute(text(f"ALTER TABLE {SCHEMA}.{quote(table)} RENAME TO {quote(f'{name}{suffix}')}"))


def _rename_mentions(connection: Connection, old: str, name: str) -> None:
    """Rename the layer wherever our own tables refer to it; rules have it in their ids too."""
    connection.execute(_RULE_IDS, {"old": old, "name": name})
    for table in metadata.sorted_tables:
        if "layer" in table.c and table is not layer_table:
            connection.execute(table.update().where(table.c.layer == old).values(layer=name))
