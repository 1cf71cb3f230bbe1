"""GeoParquet files, 1.0 and 1.1."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from layers.base import ColumnType
from layers.errors import SourceError
from layers.registry import Registry
from layers.row_batch import BATCH_ROWS
from layers.source import Reading, Source, SourceOptions
from layers.title import Title
from layers.vector.arrow import GEOJSON_NAMES, ArrowFeed, Piece, kinds_of
from layers.vector.columns import Inference
from layers.vector.feed import VectorSurvey
from layers.vector.keys import KeyChoice
from layers.vector.reading import default_name, open_vector
from layers.vector.statistics import Told, told

# Where the file does not say otherwise, by the standard.
_DEFAULT_CRS = "OGC:CRS84"


@dataclass(frozen=True)
class GeoParquetSource(Source):
    """Reads the main geometry of a file, in batches."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Look through the file once, for its columns and its count."""
        return open_vector(GeoParquetFeed(path), default_name(path), options, registry)


class GeoParquetFeed(ArrowFeed):
    """The features of a GeoParquet file."""

    def __init__(self, path: Path) -> None:
        """Read what the file says of itself."""
        super().__init__(path)
        with self._opened() as file:
            geo = (file.schema_arrow.metadata or {}).get(b"geo")
            self._names = file.schema_arrow.names
        self._geometry, self._column = self._main(geo)
        covering = self._column.get("covering", {}).get("bbox", {}).get("xmin", [None])
        self._hidden = {self._geometry, covering[0]}

    def crs(self) -> str | None:
        """Return the CRS as PROJ's JSON; the file may say that nobody knows it."""
        stated = self._column.get("crs", _DEFAULT_CRS)
        return stated if stated is None or isinstance(stated, str) else json.dumps(stated)

    def survey(self, key: str | None) -> VectorSurvey:
        """Go by what the file says of itself, and read only the columns of which it does not say enough."""
        stated = {str(name).removesuffix(" Z") for name in self._column.get("geometry_types") or ()}
        if not stated or not stated <= set(GEOJSON_NAMES.values()):
            return super().survey(key)
        inference, keys = Inference(), KeyChoice(self.path, key)
        with self._opened() as file:
            filled = {}
            for name in self._shown():
                found = told(file.metadata, name, file.schema_arrow.field(name).type)
                if found is None or found.kinds is None:
                    found = self._counted(file, name)
                inference.add(name, found.kinds or ())
                filled[name] = found.filled
            keys.see_columns(file.metadata.num_rows, filled, ids=False)
        return VectorSurvey(self.crs(), frozenset(stated), inference.types(), keys.count, keys.column(), has_ids=False)

    def _shown(self) -> list[str]:
        return [name for name in self._names if name not in self._hidden]

    def _counted(self, file: Any, name: str) -> Told:
        kinds, filled = set[ColumnType](), 0
        batches = file.iter_batches(columns=[name])
        while (batch := self._next(batches)) is not None:
            kinds |= kinds_of(batch.column(0))
            filled += len(batch) - batch.column(0).null_count
        return Told(filled, kinds)

    def pieces(self) -> Iterator[Piece]:
        """Stream the file, one group of rows in memory at a time."""
        names = self._shown()
        with self._opened() as file:
            batches = file.iter_batches(batch_size=BATCH_ROWS, columns=[*names, self._geometry])
            while (batch := self._next(batches)) is not None:
                columns = {name: batch.column(name) for name in names}
                yield Piece(batch.column(self._geometry), columns)

    def _opened(self) -> Any:
        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from error

    def _next(self, batches: Any) -> Any:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> SourceError:
        reason = str(error).split("\n")[0].rstrip(".")
        return SourceError(str(self.path), f"this cannot be read ({reason}); fetch it again")

    def _main(self, geo: bytes | None) -> tuple[str, dict[str, Any]]:
        if geo is None:
            raise SourceError(
                str(self.path), "this Parquet file does not say which column is a geometry; write it as GeoParquet"
            )
        try:
            stated = json.loads(geo)
            name = str(stated["primary_column"])
            column = dict(stated["columns"][name])
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(str(self.path), f"what it says of its geometry is no GeoParquet ({error!r})") from error
        if name not in self._names:
            raise SourceError(str(self.path), f"it says that its geometry is {name!r}, but has no such column")
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
    heeds=frozenset({"names"}),
)
