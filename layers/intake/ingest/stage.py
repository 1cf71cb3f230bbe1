"""Staging: rows stream by binary COPY into one temporary table for each layer."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import sql
from sqlalchemy.dialects import postgresql

from layers.base import Layer
from layers.intake.ingest.prefetch import prefetch
from layers.intake.rejection import RejectedRow
from layers.intake.row_batch import RowBatch
from layers.intake.source import Reading
from layers.ops.jobs.progress import Progress
from layers.store.tables import sql_type

Cursor = psycopg.Cursor[Any]
# PostGIS takes ten times as long for the hull of all rows at once.
_HULL = """
SELECT ST_AsBinary(ST_ConvexHull(ST_Collect(part.hull))) FROM (
    SELECT ST_ConvexHull(ST_Collect(geom)) AS hull FROM {stage} GROUP BY _ordinal / 1000
) AS part
"""


class Stage:
    """The temporary tables of one load, dropped when its transaction ends.

    ``_ordinal`` numbers the rows of a layer from 1 in the order of the source, which finds them again by it.
    """

    def __init__(self, cursor: Cursor, layers: Iterable[Layer], writer: Cursor | None = None) -> None:
        """Create a table for each layer; ``writer`` is the cursor that changes staged rows."""
        self._cursor = cursor
        self.writer = writer or cursor
        self._layers = {layer.id: layer for layer in layers}
        for layer in self._layers.values():
            self._make(layer)

    def fill(self, reading: Reading, progress: Progress, refuse: Callable[[list[RejectedRow]], None]) -> None:
        """Stage all rows of a reading, and pass refused ones to ``refuse``."""
        message = f"reading {reading.path.name}"
        with prefetch(reading) as chunks:
            for chunk in chunks:
                if chunk.batch is not None:
                    self._put(chunk.batch)
                refuse(chunk.refused)
                progress.report(chunk.position, reading.total, message)
        self._ready()

    def may_have_duplicates(self) -> bool:
        """Tell whether keys may repeat; False is certain."""
        return True

    def hull(self, layer: Layer) -> bytes | None:
        """Return the convex hull of the staged rows of a layer as WKB, or None where there are none."""
        row = self._cursor.execute(sql.SQL(_HULL).format(stage=stage_table(layer))).fetchone()
        return None if row is None or row[0] is None else bytes(row[0])

    def settle(self) -> None:
        """Make changes through ``writer`` visible to other sessions."""

    def _make(self, layer: Layer) -> None:
        self._cursor.execute(_create_statement(layer))

    def _put(self, batch: RowBatch) -> None:
        copy_columns(self.writer, stage_table(self._layers[batch.layer]), batch.columns)

    def _ready(self) -> None:
        for layer in self._layers.values():
            # Without it the planner may scan the whole stage for every row that could have vanished.
            self._cursor.execute(sql.SQL("CREATE INDEX ON {} (source_key)").format(stage_table(layer)))
            self._cursor.execute(sql.SQL("ANALYZE {}").format(stage_table(layer)))

    def counted(self) -> Counter[str]:
        """Return the numbers of staged rows, by layer."""
        counts: Counter[str] = Counter()
        for layer in self._layers.values():
            row = self._cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(stage_table(layer))).fetchone()
            counts[layer.id] = int(row[0]) if row else 0
        return counts


def copy_columns(cursor: Cursor, table: sql.Composable, columns: Any) -> None:
    """Append the rows of an Arrow record batch to a table, to columns of the same names."""
    encoder = ArrowToPostgresBinaryEncoder(columns.schema)
    names = sql.SQL(", ").join(map(sql.Identifier, columns.schema.names))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(table, names)) as copy:
        for chunk in (encoder.write_header(), encoder.write_batch(columns), encoder.finish()):
            copy.write(chunk)


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
            source_key text COLLATE "C" NOT NULL, quality real, grade smallint NOT NULL,
            geom geometry({}, 4490) NOT NULL{}
        ) ON COMMIT DROP
    """
    name = sql.Identifier(f"stage_{layer.id}")
    return sql.SQL(statement).format(name, sql.SQL(layer.geometry), sql.SQL("").join(typed))
