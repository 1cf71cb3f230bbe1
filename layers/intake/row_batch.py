"""Rows of one layer in columns, as they go into the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from layers.base import ColumnType, Layer

# How many rows are read, converted and copied at a time.
BATCH_ROWS = 10_000
# Instants are microseconds of UTC, as PostgreSQL keeps them.
ARROW_TYPES: Mapping[ColumnType, Any] = {
    "text": pa.string(),
    "integer": pa.int32(),
    "real": pa.float32(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class RowBatch:
    """Some rows of a layer.

    ``columns`` has those of :func:`batch_schema`: the key, quality, grade, WKB in EPSG:4490 of the layer's geometry
    type, and the typed columns. ``shapes`` are the same geometries, if already parsed.
    """

    layer: str
    columns: pa.RecordBatch
    shapes: "np.ndarray[Any, Any] | None" = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.columns.num_rows)

    def geometries(self) -> "np.ndarray[Any, Any]":
        """Return the geometries as shapes."""
        if self.shapes is not None:
            return self.shapes
        return np.asarray(shapely.from_wkb(self.columns.column("geom").to_numpy(zero_copy_only=False)), dtype=object)


@lru_cache(maxsize=512)
def batch_schema(layer: Layer) -> pa.Schema:
    """Return the columns of a layer's batches."""
    typed = [pa.field(column.name, ARROW_TYPES[column.type]) for column in layer.columns]
    of_rows = [("source_key", pa.string()), ("quality", pa.float32()), ("grade", pa.int16()), ("geom", pa.binary())]
    return pa.schema([*(pa.field(name, kind) for name, kind in of_rows), *typed])


def batch_of(
    layer: Layer, keys: Sequence[str], geometries: Sequence[bytes], values: Sequence[Mapping[str, Any]]
) -> RowBatch:
    """Return a batch of single rows; a row without a grade has its layer's."""
    schema = batch_schema(layer)
    grades = [int(layer.grade) if (grade := each.get("grade")) is None else int(grade) for each in values]
    system_values: dict[str, Any] = {"source_key": keys, "geom": geometries, "grade": grades}
    arrays = [
        pa.array(
            system_values[field.name] if field.name in system_values else [each.get(field.name) for each in values],
            field.type,
        )
        for field in schema
    ]
    return RowBatch(layer.id, pa.RecordBatch.from_arrays(arrays, schema=schema))
