"""A layer's table made anew, apart from the one that is there, whose place it takes in a moment.

It stands in a schema of its own, which nobody looks into, so that rows come in without triggers, and indexes are built
once instead of row by row, over several connections at a time. Decision 0020 tells what that gains and what it costs.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, DefaultClause, Engine, Index, MetaData, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import READER, WRITER
from layers.store.models import SCHEMA
from layers.store.reconcile import furnish
from layers.store.tables import feature_table

PREFIX = "onemap_build_"
# Whoever waits for the exclusive lock makes all readers wait that come after: never for long.
_PATIENCE = "10ms"
_LOCK = text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
_SCHEMAS = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)")
# What a person has added by hand: it would be lost with the table, or keep it from being dropped.
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
_HOLDERS = text("""
SELECT DISTINCT a.pid, a.application_name AS program, a.usename,
    to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.relation = to_regclass(:name) AND l.granted AND l.mode = 'AccessShareLock' ORDER BY a.pid
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
    """Tell whether a layer's table is as we made it, so that nothing is lost when another takes its place."""
    table = feature_table(layer)
    given = {
        "name": _quoted(SCHEMA, layer),
        "indexes": len(table.indexes) + 1,
        "columns": sorted(column.name for column in table.columns),
        "slices": f"{layer.id}_slices",
        "ours": [READER, WRITER],
    }
    return connection.execute(_ADDED, given).scalar_one_or_none() is False


def columns_of(connection: Connection, layer: DatasetLayer) -> list[str]:
    """Return the columns of a layer's table as they stand in it, which depends on when each was added."""
    return list(connection.execute(_COLUMNS, {"name": _quoted(SCHEMA, layer)}).scalars())


def reserve_numbers(connection: Connection, layer: DatasetLayer, count: int) -> int:
    """Take ``count`` numbers of objects that nobody else gets, and return the first of them."""
    given = {"name": _quoted(SCHEMA, layer), "count": count}
    return int(connection.execute(_RESERVE, given).scalar_one())


def sweep(connection: Connection) -> None:
    """Remove what was left of builds whose program is no more."""
    for schema in connection.execute(_SCHEMAS, {"prefix": PREFIX}).scalars().all():
        if connection.execute(_TRY_LOCK, {"name": schema}).scalar_one():
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            connection.execute(_UNLOCK, {"name": schema})


class Rebuild:
    """The table of one layer while it is built.

    ``number`` tells this build from all others; ``first`` is the number that its first new object gets. ``stated`` is
    SQL for the columns that have one value in all new rows. ``order`` is that of the columns in the table that is
    there: triggers move rows to history as they stand.
    """

    def __init__(
        self,
        owner: Engine,
        layer: DatasetLayer,
        number: int,
        first: int,
        stated: Mapping[str, sql.Composable],
        order: Sequence[str],
    ) -> None:
        """Prepare to build; nothing is done yet."""
        self._owner = owner
        self._layer = layer
        self._order = list(order)
        self._stated = {**stated, "sole_slice": sql.SQL("true")}
        self.first = first
        self.schema = f"{PREFIX}{number}"
        self.table = feature_table(layer).to_metadata(MetaData(), schema=self.schema)
        self._quoted = _quoted(self.schema, layer)
        self._running: set[psycopg.Connection[Any]] = set()
        self._guard = Lock()

    @property
    def name(self) -> sql.Identifier:
        """Return the table's name as it is built."""
        return sql.Identifier(self.schema, self._layer.id)

    def create(self, connection: Connection) -> None:
        """Make the table without its indexes; it is taken for abandoned when this connection is closed."""
        connection.execute(_LOCK, {"name": self.schema})
        connection.exec_driver_sql(f"CREATE SCHEMA {self.schema}")
        statement = CreateTable(self.table)
        statement.columns.sort(key=lambda column: self._order.index(column.element.name))
        connection.execute(statement)
        for name, value in self._stated.items():
            _set_default(connection, self.name, name, value)

    def indexes(self) -> list[Index]:
        """Return the indexes that are to be made, those that take longest first."""
        order = {"gist": 0, "gin": 1}
        return sorted(self.table.indexes, key=lambda index: (order.get(_method(index), 2), str(index.name)))

    def build(self, index: Index) -> None:
        """Make an index; several may be made at a time."""
        with self._owner.begin() as connection:
            driver = cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)
            with self._guard:
                self._running.add(driver)
            try:
                connection.execute(CreateIndex(index))
            finally:
                with self._guard:
                    self._running.discard(driver)

    def interrupt(self) -> None:
        """End the statements that make indexes, from another thread."""
        with self._guard:
            for driver in self._running:
                driver.cancel_safe()

    def take_over(self, connection: Connection) -> int:
        """Copy the rows of the table that is there, which nobody can change from now on; return how many."""
        old = _quoted(SCHEMA, self._layer)
        connection.exec_driver_sql(f"LOCK TABLE {old} IN SHARE ROW EXCLUSIVE MODE")
        names = ", ".join(f'"{column.name}"' for column in self.table.columns if column.computed is None)
        copied = connection.exec_driver_sql(
            f"INSERT INTO {self._quoted} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {old}"  # noqa: S608
        )
        return copied.rowcount

    def numbers_are_free(self, connection: Connection, count: int) -> bool:
        """Tell whether no object has, or ever had, one of the ``count`` numbers that were given here."""
        names = (_quoted(SCHEMA, self._layer), _quoted(SCHEMA, self._layer, "_history"))
        any_of = "SELECT EXISTS (SELECT FROM {} WHERE fid BETWEEN :first AND :last)"
        numbers = {"first": self.first, "last": self.first + count - 1}
        return not any(connection.execute(text(any_of.format(name)), numbers).scalar_one() for name in names)

    def exchange(self, connection: Connection, count: int) -> bool:
        """Put the table in the place of the other; ``count`` numbers were given to new objects.

        False where somebody did not let go of that one at once; nobody has waited for it longer than that either.
        """
        name = _quoted(SCHEMA, self._layer)
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
                connection.exec_driver_sql(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
                connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")
        except OperationalError:
            return False
        connection.execute(_FREE, {"name": self._quoted, "old": name, "last": self.first + count})
        connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.exec_driver_sql(f"ALTER TABLE {self._quoted} SET SCHEMA {SCHEMA}")
        connection.exec_driver_sql(f"DROP SCHEMA {self.schema}")
        for column in self._stated:
            _set_default(connection, sql.Identifier(SCHEMA, self._layer.id), column, self._default(column))
        furnish(connection, self._layer)
        return True

    def holders(self) -> list[str]:
        """Tell who holds the table that is there: process, program, user, and since when."""
        with self._owner.connect() as connection:
            rows = connection.execute(_HOLDERS, {"name": _quoted(SCHEMA, self._layer)}).all()
        return [f"process {row.pid} ({row.program or 'unnamed'}, {row.usename}, since {row.since})" for row in rows]

    def discard(self) -> None:
        """Leave nothing of what was not exchanged."""
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
    cast("psycopg.Connection[Any]", connection.connection.dbapi_connection).execute(statement)


def _method(index: Index) -> str:
    return str(index.dialect_options["postgresql"]["using"] or "btree")


def _quoted(schema: str, layer: DatasetLayer, more: str = "") -> str:
    return f'{schema}."{layer.id}{more}"'
