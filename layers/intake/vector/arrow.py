"""Features in columns: from GDAL's tables and from Parquet."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.base import ColumnType
from layers.intake.vector.columns import INTEGERS, LONGEST_STAMP, SHORTEST_STAMP, Inference, kind_of
from layers.intake.vector.feed import Feature, Feed, VectorSurvey
from layers.intake.vector.keys import KeyChoice
from layers.intake.vector.shapes import shapes_of


@dataclass(frozen=True)
class Piece:
    """Some features, column by column; geometries are WKB, ``ids`` their own, where those are stable."""

    geometries: Any
    columns: Mapping[str, Any]
    ids: list[str] | None = None
    before: int = 0

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.geometries)

    def features(self) -> list[Feature]:
        """Return them one by one; ``before`` features of the file precede the first."""
        names, count = list(self.columns), len(self)
        columns = [values_of(column) for column in self.columns.values()]
        rows = zip(*columns, strict=True) if names else iter([()] * count)
        ids: Sequence[str | None] = self.ids or [None] * count
        return [
            Feature(self.before + index, own_id, geometry, dict(zip(names, row, strict=True)))
            for index, (own_id, geometry, row) in enumerate(zip(ids, self.geometries.to_pylist(), rows, strict=True), 1)
        ]

    def feature(self, index: int) -> Feature:
        """Return one of them."""
        columns = {name: column.slice(index, 1) for name, column in self.columns.items()}
        ids = None if self.ids is None else self.ids[index : index + 1]
        return Piece(self.geometries.slice(index, 1), columns, ids, self.before + index).features()[0]


class ArrowFeed(Feed):
    """The features of one table."""

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """Stream the table, some thousand features at a time; an empty table gives one empty piece."""

    def crs(self) -> str | None:
        """Return the CRS that the file declares."""
        return None

    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the table."""
        inference, keys = Inference(), KeyChoice(self.path, key)
        types: set[int] = set()
        for piece in self.pieces():
            for name, column in piece.columns.items():
                inference.add(name, kinds_of(column))
            keys.see_columns(
                len(piece),
                {name: len(column) - column.null_count for name, column in piece.columns.items()},
                ids=piece.ids is not None,
            )
            types.update(shapely.get_type_id(shapes_of(piece.geometries.to_pylist())).tolist())
        names = frozenset(shapely.GeometryType(number).name for number in types if number >= 0)
        return VectorSurvey(
            crs=self.crs(),
            geometries=frozenset(GEOJSON_NAMES[name] for name in names),
            columns=inference.types(),
            count=keys.count,
            key=keys.column(),
            has_ids=keys.has_ids(),
        )

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features."""
        for piece in self.numbered():
            yield piece.features()

    def numbered(self) -> Iterator[Piece]:
        """Stream the table, each piece with the number of features before it."""
        before = 0
        for piece in self.pieces():
            yield replace(piece, before=before)
            before += len(piece)


GEOJSON_NAMES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "LINEARRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}


_KINDS: tuple[tuple[ColumnType, Callable[[Any], bool]], ...] = (
    ("boolean", pa.types.is_boolean),
    ("real", pa.types.is_floating),
    ("real", pa.types.is_decimal),
    ("timestamp", pa.types.is_timestamp),
    ("timestamp", pa.types.is_date),
)


def kinds_of(column: Any) -> set[ColumnType]:
    """Return the narrowest types of a column's values."""
    kind = column.type
    if column.null_count == len(column):
        return set()
    if pa.types.is_integer(kind):
        ends = pc.min_max(column)
        return {"integer" if ends["min"].as_py() in INTEGERS and ends["max"].as_py() in INTEGERS else "text"}
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _kinds_of_texts(column.drop_null())
    by_type = kind_of_type(kind)
    return {by_type} if by_type else {kind_of(value) for value in values_of(column) if value is not None}


def kind_of_type(kind: Any) -> ColumnType | None:
    """Return the type that all values of an Arrow type have; None where it depends on them."""
    return next((name for name, fits in _KINDS if fits(kind)), None)


def _kinds_of_texts(column: Any) -> set[ColumnType]:
    """Return the types of texts: only those as long as an instant are parsed."""
    lengths = pc.utf8_length(column)
    ends = pc.min_max(lengths)
    if ends["min"].as_py() < SHORTEST_STAMP or ends["max"].as_py() > LONGEST_STAMP:
        return {"text"}
    return {kind_of(value) for value in pc.unique(column).to_pylist()}


def values_of(column: Any) -> list[Any]:
    """Return a column's values as Python's; nanoseconds and NaN are dropped."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        zone = getattr(kind, "tz", None)
        return list(column.cast(pa.timestamp("us", tz=zone), safe=False).to_pylist())
    if pa.types.is_floating(kind):
        return [None if value is None or math.isnan(value) else value for value in column.to_pylist()]
    if pa.types.is_decimal(kind):
        return [None if value is None else float(value) for value in column.to_pylist()]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [None if value is None else value.hex() for value in column.to_pylist()]
    return list(column.to_pylist())
