"""Conversion of a piece of a file to its layer's columns as a whole."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from layers.intake.row_batch import RowBatch, batch_schema
from layers.intake.vector.arrow import Piece
from layers.intake.vector.casts import cast_column, cast_grades
from layers.intake.vector.target import Target
from layers.space.wkb import wkb_number

_TO_MULTI = {
    ("MultiPoint", 0): shapely.multipoints,
    ("MultiLineString", 1): shapely.multilinestrings,
    ("MultiPolygon", 3): shapely.multipolygons,
}
_HEAD = struct.Struct("<BI")
_NUMBERS = {kind.name: kind.value for kind in shapely.GeometryType}


@dataclass(frozen=True)
class TypedPiece:
    """The keys and columns of a piece, typed; rows with a null key have to be refused."""

    target: Target
    keys: Any
    columns: Mapping[str, Any]

    def batch(self, chosen: "np.ndarray[Any, Any]", geometries: Any, shapes: "np.ndarray[Any, Any]") -> RowBatch:
        """Return the rows at the indices ``chosen``, with these geometries (WKB, and as shapes)."""
        layer = self.target.layer
        available = {"source_key": self.keys, **self.columns}
        indices = None if len(chosen) == len(self.keys) else pa.array(chosen)
        arrays = []
        for field in batch_schema(layer):
            if field.name == "geom":
                arrays.append(geometries)
                continue
            column = available.get(field.name)
            if column is None:
                column = pa.nulls(len(self.keys), field.type)
            if field.name == "grade":
                column = column.fill_null(int(layer.grade))
            arrays.append(column if indices is None else column.take(indices))
        return RowBatch(layer.id, pa.RecordBatch.from_arrays(arrays, schema=batch_schema(layer)), shapes)


def typed_piece(target: Target, piece: Piece, key: str | None, *, ids: bool) -> TypedPiece | None:
    """Type the columns of a piece; None where some values have to be converted one by one.

    ``key`` is the column of the keys; without it they are the features' own ids, or (not ``ids``) their numbers.
    """
    keys = _keys(piece, key, ids=ids)
    columns = {
        column: cast_column(piece.columns[name], kind)
        for name, (column, kind) in target.columns.items()
        if name in piece.columns
    }
    if "quality" in piece.columns:
        columns["quality"] = cast_column(piece.columns["quality"], "real")
    if "grade" in piece.columns:
        columns["grade"] = cast_grades(piece.columns["grade"])
    if keys is None or any(column is None for column in columns.values()):
        return None
    return TypedPiece(target, keys, columns)


def _keys(piece: Piece, key: str | None, *, ids: bool) -> Any | None:
    if key is not None:
        return cast_column(piece.columns[key], "text") if key in piece.columns else None
    if ids:
        return None if piece.ids is None else cast_column(pa.array(piece.ids, pa.string()), "text")
    return pa.array(np.arange(piece.before + 1, piece.before + len(piece) + 1)).cast(pa.string())


def is_flat_wkb(geometries: Any, geometry_type: str) -> bool:
    """Tell by its bytes whether a column of WKB has no nulls and is little-endian, two-dimensional and of one type."""
    if not pa.types.is_binary(geometries.type) or geometries.null_count or not len(geometries):
        return False
    _, offsets, data = geometries.buffers()
    begins = np.frombuffer(offsets, np.int32)[geometries.offset : geometries.offset + len(geometries)]
    heads = np.frombuffer(data, np.uint8)[begins[:, None] + np.arange(_HEAD.size)]
    return bool((heads == np.frombuffer(_HEAD.pack(1, wkb_number(geometry_type)), np.uint8)).all())


def as_types(shapes: "np.ndarray[Any, Any]", geometry_type: str) -> "np.ndarray[Any, Any] | None":
    """Return shapes as a layer's type, single ones in collections of one; None where one is of another type."""
    present = shapely.get_type_id(shapes)
    if geometry_type == "Geometry" or (present == _NUMBERS[geometry_type.upper()]).all():
        return shapes
    single = next((number for multi, number in _TO_MULTI if multi == geometry_type), None)
    if single is None or not np.isin(present, [single, _NUMBERS[geometry_type.upper()]]).all():
        return None
    converted = shapes.copy()
    singles = np.flatnonzero(present == single)
    converted[singles] = _TO_MULTI[geometry_type, single](shapes[singles], indices=np.arange(len(singles)))
    return converted
