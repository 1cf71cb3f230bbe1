"""A layer's table rebuilt beside the existing one, which it then replaces at once.

It is in a schema of its own, which nobody reads, so that rows are inserted without triggers, and indexes are built
once instead of row by row, over several connections at a time. See decision 0020 for gains and costs.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, DefaultClause, Engine, Index, MetaData, text
from sqlalchemy.schema import CreateIndex, CreateTable

from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import READER, WRITER
from layers.store.locks import TableLock, Waiting, driver_of, hold, release, try_hold
from layers.store.models import SCHEMA
from layers.store.reconcile import furnish
from layers.store.tables import feature_table

PREFIX = "onemap_build_"
_SCHEMAS = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)")
# Whether a person changed the table by hand: this would be lost with the table, or prevent dropping it.
_ADDED = text("""
SELECT NOT has_database_privilege(current_database(), 'CREATE') OR c.relrowsecurity OR c.reloptions IS NOT NULL
    OR (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid) <> :indexes
    OR (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) <> CAST(:columns AS text[])
    OR EXISTS (SELECT FROM pg_constraint AS k WHERE c.oid IN (k.conrelid, k.confrelid) AND k.conname <> :slices)
    OR EXISTS (SELECT FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
               WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND p.pronamespace <> 'onemap'::regnamespace)
    OR EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
               AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass,
                                 'pg_publication_rel'::regclass, 'pg_statistic_ext'::regclass))
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent))
    OR EXISTS (SELECT FROM aclexplode(c.relacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
               WHERE a.grantee <> c.relowner AND coalesce(r.rolname, '') <> ALL (:ours))
FROM pg_class AS c WHERE c.oid = to_regclass(:name)
""")
_COLUMNS = text("""
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
""")
_RESERVE = text("""
SELECT setval(s.name, nextval(s.name) + :count) - :count FROM (SELECT pg_get_serial_sequence(:name, 'fid') AS name) AS s
""")
_FREE = text("""
SELECT setval(pg_get_serial_sequence(:name, 'fid'), greatest(
    :last, coalesce(pg_sequence_last_value(pg_get_serial_sequence(:old, 'fid')::regclass), 0)
) + 1, false)
""")


def may_be_rebuilt(connection: Connection, layer: DatasetLayer) -> bool:
    """Tell whether a layer's table is as the program created it, so that replacing it loses nothing."""
    table = feature_table(layer)
    parameters = {
        "name": _quoted(SCHEMA, layer),
        "indexes": len(table.indexes) + 1,
        "columns": sorted(column.name for column in table.columns),
        "slices": f"{layer.id}_slices",
        "ours": [READER, WRITER],
    }
    return connection.execute(_ADDED, parameters).scalar_one_or_none() is False


def columns_of(connection: Connection, layer: DatasetLayer) -> list[str]:
    """Return the columns of a layer's table in their order, which depends on when each was added."""
    return list(connection.execute(_COLUMNS, {"name": _quoted(SCHEMA, layer)}).scalars())


def reserve_numbers(connection: Connection, layer: DatasetLayer, count: int) -> int:
    """Reserve ``count`` numbers of objects, and return the first of them."""
    parameters = {"name": _quoted(SCHEMA, layer), "count": count}
    return int(connection.execute(_RESERVE, parameters).scalar_one())


def sweep(connection: Connection) -> None:
    """Remove the leftovers of builds whose program has ended."""
    driver = driver_of(connection)
    for schema in connection.execute(_SCHEMAS, {"prefix": PREFIX}).scalars().all():
        if try_hold(driver, schema):
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            release(driver, schema)


class Rebuild:
    """The table of one layer while it is built.

    ``number`` tells this build from all others; ``first`` is the number of its first new object. ``constants`` is SQL
    for the columns that have one value in all new rows. ``order`` is the order of the columns in the existing table,
    since triggers move rows to history by position.
    """

    def __init__(
        self,
        owner: Engine,
        layer: DatasetLayer,
        number: int,
        first: int,
        constants: Mapping[str, sql.Composable],
        order: Sequence[str],
    ) -> None:
        """Prepare to build; nothing is done yet."""
        self._owner = owner
        self._layer = layer
        self._order = list(order)
        self._constants = {**constants, "sole_slice": sql.SQL("true")}
        self.first = first
        self.schema = f"{PREFIX}{number}"
        self.table = feature_table(layer).to_metadata(MetaData(), schema=self.schema)
        self._quoted = _quoted(self.schema, layer)
        self._running: set[psycopg.Connection[Any]] = set()
        self._guard = Lock()

    @property
    def name(self) -> sql.Identifier:
        """Return the table's name during the build."""
        return sql.Identifier(self.schema, self._layer.id)

    def create(self, connection: Connection) -> None:
        """Create the table without its indexes; it counts as abandoned when this connection is closed."""
        hold(driver_of(connection), self.schema)
        connection.exec_driver_sql(f"CREATE SCHEMA {self.schema}")
        statement = CreateTable(self.table)
        statement.columns.sort(key=lambda column: self._order.index(column.element.name))
        connection.execute(statement)
        for name, value in self._constants.items():
            _set_default(connection, self.name, name, value)

    def indexes(self) -> list[Index]:
        """Return the indexes to build, the slowest first."""
        order = {"gist": 0, "gin": 1}
        return sorted(self.table.indexes, key=lambda index: (order.get(_method(index), 2), str(index.name)))

    def build(self, index: Index) -> None:
        """Build an index; several may be built at a time."""
        with self._owner.begin() as connection:
            driver = driver_of(connection)
            with self._guard:
                self._running.add(driver)
            try:
                connection.execute(CreateIndex(index))
            finally:
                with self._guard:
                    self._running.discard(driver)

    def interrupt(self) -> None:
        """Cancel the statements that build indexes, from another thread."""
        with self._guard:
            for driver in self._running:
                driver.cancel_safe()

    def lock(self, connection: Connection, waiting: Waiting, limit_s: float) -> TableLock:
        """Return the lock of the existing table; ``waiting`` is called with the holders."""
        return TableLock(connection, self._layer.id, _quoted(SCHEMA, self._layer), waiting, limit_s)

    def copy_existing(self, connection: Connection, lock: TableLock) -> int:
        """Copy the rows of the existing table, which is locked against changes from now on; return how many."""
        old = _quoted(SCHEMA, self._layer)
        lock.exclude_writers()
        names = ", ".join(f'"{column.name}"' for column in self.table.columns if column.computed is None)
        copied = connection.exec_driver_sql(
            f"INSERT INTO {self._quoted} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {old}"  # noqa: S608
        )
        return copied.rowcount

    def numbers_are_free(self, connection: Connection, count: int) -> bool:
        """Tell whether no object has, or ever had, one of the ``count`` numbers assigned here."""
        names = (_quoted(SCHEMA, self._layer), _quoted(SCHEMA, self._layer, "_history"))
        any_of = "SELECT EXISTS (SELECT FROM {} WHERE fid BETWEEN :first AND :last)"
        numbers = {"first": self.first, "last": self.first + count - 1}
        return not any(connection.execute(text(any_of.format(name)), numbers).scalar_one() for name in names)

    def swap_table(self, connection: Connection, lock: TableLock, count: int) -> None:
        """Replace the existing table by this one; ``count`` numbers were assigned to new objects."""
        name = _quoted(SCHEMA, self._layer)
        lock.exclude_all()
        connection.execute(_FREE, {"name": self._quoted, "old": name, "last": self.first + count})
        connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.exec_driver_sql(f"ALTER TABLE {self._quoted} SET SCHEMA {SCHEMA}")
        connection.exec_driver_sql(f"DROP SCHEMA {self.schema}")
        for column in self._constants:
            _set_default(connection, sql.Identifier(SCHEMA, self._layer.id), column, self._default(column))
        furnish(connection, self._layer)

    def discard(self) -> None:
        """Drop the schema with a table that was not swapped in."""
        with self._owner.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")

    def _default(self, name: str) -> sql.Composable:
        default = feature_table(self._layer).c[name].server_default
        if not isinstance(default, DefaultClause):
            return sql.NULL
        if isinstance(default.arg, str):
            return sql.Literal(default.arg)
        return sql.SQL(str(default.arg))


def _set_default(connection: Connection, table: sql.Identifier, column: str, value: sql.Composable) -> None:
    statement = sql.SQL("ALTER TABLE {} ALTER {} SET DEFAULT {}").format(table, sql.Identifier(column), value)
    driver_of(connection).execute(statement)


def _method(index: Index) -> str:
    return str(index.dialect_options["postgresql"]["using"] or "btree")


def _quoted(schema: str, layer: DatasetLayer, more: str = "") -> str:
    return f'{schema}."{layer.id}{more}"'
