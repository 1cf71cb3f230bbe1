"""Where the rows of a bulk load come in: the table itself that is built."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from layers.base import Layer
from layers.ingest.lanes import Lanes
from layers.ingest.stage import Cursor, Stage, stage_table
from layers.row_batch import RowBatch, batch_schema
from layers.space.hull import GrowingHull
from layers.store.dataset_layer import DatasetLayer
from layers.store.rebuild import Rebuild

_VIEW = "CREATE TEMPORARY VIEW {view} AS SELECT fid - {before} AS _ordinal, {columns} FROM {table}"


class BulkStage(Stage):
    """The table that is built, looked at as other loads look at their staging tables.

    Rows are written over connections of their own: committed, they can be indexed over several others, and nobody
    else knows of them yet.
    """

    def __init__(
        self,
        cursor: Cursor,
        builders: Sequence[psycopg.Connection[Any]],
        layer: DatasetLayer,
        build: Rebuild,
        ready: Callable[[], None],
    ) -> None:
        """Show the table under the name of a staging table; ``ready`` is called once all rows are in it."""
        self._build = build
        self._layer = layer
        self._tell = ready
        self._lanes = Lanes(builders, build.name)
        self._builder = builders[0]
        self.taken = 0
        self._keys: list[Any] = []
        self._hull = GrowingHull()
        self._mended = False
        super().__init__(cursor, [layer], builders[0].cursor())

    def may_have_doubles(self) -> bool:
        """Count the different keys, which is done here in no time."""
        return bool(pc.count_distinct(pa.chunked_array(self._keys, pa.string())).as_py() < self.taken)

    def hull(self, layer: Layer) -> bytes | None:
        """Return what was found while rows came by; where some were set aside, look anew."""
        return super().hull(layer) if self._mended else self._hull.wkb()

    def settle(self) -> None:
        """Let others see what was set aside."""
        self._mended = True
        self._builder.commit()

    def close(self) -> None:
        """Leave the table to itself: what looks at it would keep it from being moved."""
        self._cursor.execute(sql.SQL("DROP VIEW {}").format(stage_table(self._layer)))

    def stop(self) -> None:
        """End what is still being written."""
        self._lanes.stop()

    def _make(self, layer: Layer) -> None:
        for cursor in (self._cursor, self.writer):
            cursor.execute(self._view())
        self._builder.commit()

    def _put(self, batch: RowBatch) -> None:
        # Lanes overtake one another: the number tells which row of the file it is.
        begin = self._build.first + self.taken
        numbers = pa.array(np.arange(begin, begin + len(batch)), pa.int64())
        names = ["fid", *batch.columns.schema.names]
        self._lanes.put(pa.RecordBatch.from_arrays([numbers, *batch.columns.columns], names=names))
        self.taken += len(batch)
        self._keys.append(batch.columns.column("source_key"))
        self._hull.add(batch.geometries())

    def _ready(self) -> None:
        self._lanes.finish()
        self._tell()

    def _view(self) -> sql.Composed:
        parts = {
            "view": sql.Identifier(f"stage_{self._layer.id}"),
            "before": sql.Literal(self._build.first - 1),
            "columns": sql.SQL(", ").join(map(sql.Identifier, batch_schema(self._layer).names)),
            "table": self._build.name,
        }
        return sql.SQL(_VIEW).format(**parts)
