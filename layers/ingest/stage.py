"""Staging: rows stream by binary COPY into one temporary table for each layer."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql

from layers.base import Layer
from layers.errors import SourceError
from layers.ingest.progress import Progress
from layers.source import Reading, Row
from layers.store.tables import sql_type

CHUNK_ROWS = 5_000
_COPY_TYPES = {"text": "text", "integer": "int4", "real": "float4", "boolean": "bool", "timestamp": "timestamptz"}
_NAMED = 3
Cursor = psycopg.Cursor[Any]


class Stage:
    """The temporary tables of one load; they go when its transaction ends."""

    def __init__(self, cursor: Cursor, layers: Iterable[Layer]) -> None:
        """Make a table for each layer."""
        self._cursor = cursor
        self._layers = {layer.id: layer for layer in layers}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._layers}
        for layer in self._layers.values():
            cursor.execute(_create_statement(layer))

    def fill(self, reading: Reading, progress: Progress) -> None:
        """Take all rows of a reading, then look for keys that stand twice."""
        message = f"reading {reading.path.name}"
        for number, row in enumerate(reading.rows(), start=1):
            self._take(row)
            if number % CHUNK_ROWS == 0:
                progress.report(reading.position, reading.total, message)
        for name in self._layers:
            self._flush(name)
        progress.report(reading.position, reading.total, message)
        for layer in self._layers.values():
            self._require_single_keys(reading, layer)
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
        with self._cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(stage_table(layer))) as copy:
            # A geometry's binary form is its WKB.
            copy.set_types(["text", "float4", "int2", "bytea", *(_COPY_TYPES[c.type] for c in layer.columns)])
            for row in waiting:
                copy.write_row(row)
        waiting.clear()

    def _require_single_keys(self, reading: Reading, layer: Layer) -> None:
        statement = "SELECT source_key FROM {} GROUP BY source_key HAVING count(*) > 1 ORDER BY 1 LIMIT {}"
        query = sql.SQL(statement).format(stage_table(layer), sql.Literal(_NAMED))
        twice = [key for (key,) in self._cursor.execute(query)]
        if twice:
            raise SourceError(
                str(reading.path),
                f"the keys {', '.join(twice)} stand more than once; every object needs a key of its own",
                f"layer {layer.id}",
            )


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
            source_key text NOT NULL, quality real, grade smallint NOT NULL, geom geometry({}, 4490) NOT NULL{}
        ) ON COMMIT DROP
    """
    name = sql.Identifier(f"stage_{layer.id}")
    return sql.SQL(statement).format(name, sql.SQL(layer.geometry), sql.SQL("").join(typed))
