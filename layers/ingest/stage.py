"""Staging: rows stream by binary COPY into one temporary table for each layer."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql

from layers.base import Layer
from layers.ingest.progress import Progress
from layers.refusal import Refused
from layers.source import Reading, Row
from layers.store.tables import sql_type

CHUNK_ROWS = 5_000
_COPY_TYPES = {"text": "text", "integer": "int4", "real": "float4", "boolean": "bool", "timestamp": "timestamptz"}
Cursor = psycopg.Cursor[Any]


class Stage:
    """The temporary tables of one load; they go when its transaction ends.

    ``_ordinal`` numbers the rows of a layer from 1 as they came, by which the source finds them again.
    """

    def __init__(self, cursor: Cursor, layers: Iterable[Layer]) -> None:
        """Make a table for each layer."""
        self._cursor = cursor
        self._layers = {layer.id: layer for layer in layers}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._layers}
        for layer in self._layers.values():
            cursor.execute(_create_statement(layer))

    def fill(self, reading: Reading, progress: Progress, refuse: Callable[[list[Refused]], None]) -> None:
        """Take all rows of a reading, and hand on what cannot be one."""
        message = f"reading {reading.path.name}"
        for number, row in enumerate(reading.rows(), start=1):
            self._take(row)
            if number % CHUNK_ROWS == 0:
                refuse(reading.refused)
                progress.report(reading.position, reading.total, message)
        for name in self._layers:
            self._flush(name)
        refuse(reading.refused)
        progress.report(reading.position, reading.total, message)
        for layer in self._layers.values():
            # Without it the planner may look through the whole stage for every row that could have vanished.
            self._cursor.execute(sql.SQL("CREATE INDEX ON {} (source_key)").format(stage_table(layer)))
            self._cursor.execute(sql.SQL("ANALYZE {}").format(stage_table(layer)))

    def _take(self, row: Row) -> None:
        layer, values = self._layers[row.layer], row.values
        typed = [values.get(column.name) for column in layer.columns]
        grade = values.get("grade")
        waiting = self._waiting[row.layer]
        waiting.append(
            (row.source_key, values.get("quality"), int(layer.grade) if grade is None else grade, row.geometry, *typed)
        )
        if len(waiting) >= CHUNK_ROWS:
            self._flush(row.layer)

    def _flush(self, name: str) -> None:
        layer, waiting = self._layers[name], self._waiting[name]
        if not waiting:
            return
        names = ("source_key", "quality", "grade", "geom", *(column.name for column in layer.columns))
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(stage_table(layer), columns)
        with self._cursor.copy(statement) as copy:
            # A geometry's binary form is its WKB.
            copy.set_types(["text", "float4", "int2", "bytea", *(_COPY_TYPES[c.type] for c in layer.columns)])
            for row in waiting:
                copy.write_row(row)
        waiting.clear()

    def counted(self) -> Counter[str]:
        """Return how many rows are staged, by layer."""
        counts: Counter[str] = Counter()
        for layer in self._layers.values():
            row = self._cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(stage_table(layer))).fetchone()
            counts[layer.id] = int(row[0]) if row else 0
        return counts


def stage_table(layer: Layer) -> sql.Identifier:
    """Return the name of a layer's staging table."""
    return sql.Identifier("pg_temp", f"stage_{layer.id}")


def _create_statement(layer: Layer) -> sql.Composed:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    typed = [
        sql.SQL(", {} {}").format(sql.Identifier(column.name), sql.SQL(sql_type(column.type).compile(dialect=dialect)))
        for column in layer.columns
    ]
    statement = """
        CREATE TEMPORARY TABLE {} (
            _ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
            source_key text NOT NULL, quality real, grade smallint NOT NULL, geom geometry({}, 4490) NOT NULL{}
        ) ON COMMIT DROP
    """
    name = sql.Identifier(f"stage_{layer.id}")
    return sql.SQL(statement).format(name, sql.SQL(layer.geometry), sql.SQL("").join(typed))
