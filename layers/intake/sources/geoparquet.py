"""GeoParquet files, 1.0 and 1.1."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.base import ColumnType
from layers.errors import SourceError
from layers.intake.parquet_file import open_parquet, parquet_batches
from layers.intake.row_batch import BATCH_ROWS
from layers.intake.source import Reading, Source, SourceOptions
from layers.intake.vector.arrow import GEOJSON_NAMES, ArrowFeed, Piece, kinds_of
from layers.intake.vector.columns import Inference
from layers.intake.vector.feed import VectorSurvey
from layers.intake.vector.keys import KeyChoice
from layers.intake.vector.reading import default_name, open_vector
from layers.intake.vector.statistics import ColumnStatistics, column_statistics
from layers.registry import Registry
from layers.title import Title

# The default of the standard.
_DEFAULT_CRS = "OGC:CRS84"


@dataclass(frozen=True)
class GeoParquetSource(Source):
    """Reads the main geometry of a file, in batches."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Survey the file for its columns and its count."""
        return open_vector(GeoParquetFeed(path), default_name(path), options, registry)


class GeoParquetFeed(ArrowFeed):
    """The features of a GeoParquet file."""

    def __init__(self, path: Path) -> None:
        """Read the file's metadata."""
        super().__init__(path)
        with open_parquet(self.path) as file:
            geo = (file.schema_arrow.metadata or {}).get(b"geo")
            self._names = file.schema_arrow.names
        self._geometry, self._column = self._geometry_column(geo)
        covering = self._column.get("covering", {}).get("bbox", {}).get("xmin", [None])
        self._hidden = {self._geometry, covering[0]}

    def crs(self) -> str | None:
        """Return the CRS as PROJ's JSON; None where the file declares it unknown."""
        declared = self._column.get("crs", _DEFAULT_CRS)
        return declared if declared is None or isinstance(declared, str) else json.dumps(declared)

    def survey(self, key: str | None) -> VectorSurvey:
        """Use the file's metadata, and read only the columns for which it does not suffice."""
        types = {str(name).removesuffix(" Z") for name in self._column.get("geometry_types") or ()}
        if not types or not types <= set(GEOJSON_NAMES.values()):
            return super().survey(key)
        inference, keys = Inference(), KeyChoice(self.path, key)
        with open_parquet(self.path) as file:
            filled = {}
            for name in self._attribute_names():
                statistics = column_statistics(file.metadata, name, file.schema_arrow.field(name).type)
                if statistics is None or statistics.kinds is None:
                    statistics = self._count_values(file, name)
                inference.add(name, statistics.kinds or ())
                filled[name] = statistics.filled
            keys.see_columns(file.metadata.num_rows, filled, ids=False)
        return VectorSurvey(self.crs(), frozenset(types), inference.types(), keys.count, keys.column(), has_ids=False)

    def _attribute_names(self) -> list[str]:
        return [name for name in self._names if name not in self._hidden]

    def _count_values(self, file: Any, name: str) -> ColumnStatistics:
        kinds, filled = set[ColumnType](), 0
        for batch in parquet_batches(self.path, file, [name], BATCH_ROWS):
            kinds |= kinds_of(batch.column(0))
            filled += len(batch) - batch.column(0).null_count
        return ColumnStatistics(filled, kinds)

    def pieces(self) -> Iterator[Piece]:
        """Stream the file, one group of rows in memory at a time."""
        names = self._attribute_names()
        with open_parquet(self.path) as file:
            for batch in parquet_batches(self.path, file, [*names, self._geometry], BATCH_ROWS):
                columns = {name: batch.column(name) for name in names}
                yield Piece(batch.column(self._geometry), columns)

    def _geometry_column(self, geo: bytes | None) -> tuple[str, dict[str, Any]]:
        if geo is None:
            raise SourceError(
                str(self.path), "this Parquet file does not declare a geometry column; write it as GeoParquet"
            )
        try:
            metadata = json.loads(geo)
            name = str(metadata["primary_column"])
            column = dict(metadata["columns"][name])
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(str(self.path), f"its geo metadata is not that of GeoParquet ({error!r})") from error
        if name not in self._names:
            raise SourceError(str(self.path), f"it declares the geometry column {name!r}, but has no such column")
        if column.get("encoding") != "WKB":
            raise SourceError(
                str(self.path),
                f"its geometry is encoded as {column.get('encoding')}; write it with geometry_encoding WKB",
            )
        return name, column


SOURCE = GeoParquetSource(
    "geoparquet",
    Title("GeoParquet 文件", "GeoParquet file"),
    (".parquet", ".geoparquet"),
    supports=frozenset({"names"}),
)
