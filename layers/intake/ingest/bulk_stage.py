"""The stage of a bulk load: the table itself that is built."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from layers.base import Layer
from layers.intake.ingest.parallel_copy import ParallelCopy
from layers.intake.ingest.stage import Cursor, Stage, stage_table
from layers.intake.row_batch import RowBatch, batch_schema
from layers.space.hull import GrowingHull
from layers.store.dataset_layer import DatasetLayer
from layers.store.rebuild import Rebuild

_VIEW = "CREATE TEMPORARY VIEW {view} AS SELECT fid - {before} AS _ordinal, {columns} FROM {table}"


class BulkStage(Stage):
    """The table that is built, with the interface of a staging table.

    Rows are written over connections of their own: once committed, they can be indexed over several connections, while
    other sessions do not use the table yet.
    """

    def __init__(
        self,
        cursor: Cursor,
        builders: Sequence[psycopg.Connection[Any]],
        layer: DatasetLayer,
        build: Rebuild,
        ready: Callable[[], None],
    ) -> None:
        """Create a view of the table under the name of a staging table; ``ready`` is called once all rows are in it."""
        self._build = build
        self._layer = layer
        self._on_ready = ready
        self._copies = ParallelCopy(builders, build.name)
        self._builder = builders[0]
        self.taken = 0
        self._keys: list[Any] = []
        self._hull = GrowingHull()
        self._changed = False
        super().__init__(cursor, [layer], builders[0].cursor())

    def may_have_duplicates(self) -> bool:
        """Tell whether keys repeat, by counting distinct ones."""
        return bool(pc.count_distinct(pa.chunked_array(self._keys, pa.string())).as_py() < self.taken)

    def hull(self, layer: Layer) -> bytes | None:
        """Return the hull gathered while rows were written; after a rejection of rows, compute it again."""
        return super().hull(layer) if self._changed else self._hull.wkb()

    def settle(self) -> None:
        """Commit the rejection of rows."""
        self._changed = True
        self._builder.commit()

    def close(self) -> None:
        """Drop the view, which would keep the table from being renamed."""
        self._cursor.execute(sql.SQL("DROP VIEW {}").format(stage_table(self._layer)))

    def stop(self) -> None:
        """Stop the writers."""
        self._copies.stop()

    def _make(self, layer: Layer) -> None:
        for cursor in (self._cursor, self.writer):
            cursor.execute(self._view())
        self._builder.commit()

    def _put(self, batch: RowBatch) -> None:
        # Batches may arrive out of order: the number is that of the row in the file.
        begin = self._build.first + self.taken
        numbers = pa.array(np.arange(begin, begin + len(batch)), pa.int64())
        names = ["fid", *batch.columns.schema.names]
        self._copies.put(pa.RecordBatch.from_arrays([numbers, *batch.columns.columns], names=names))
        self.taken += len(batch)
        self._keys.append(batch.columns.column("source_key"))
        self._hull.add(batch.geometries())

    def _ready(self) -> None:
        self._copies.finish()
        self._on_ready()

    def _view(self) -> sql.Composed:
        parts = {
            "view": sql.Identifier(f"stage_{self._layer.id}"),
            "before": sql.Literal(self._build.first - 1),
            "columns": sql.SQL(", ").join(map(sql.Identifier, batch_schema(self._layer).names)),
            "table": self._build.name,
        }
        return sql.SQL(_VIEW).format(**parts)
