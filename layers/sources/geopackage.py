"""GeoPackages and other files that GDAL reads."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely

from layers.errors import SourceError
from layers.registry import Registry
from layers.source import Reading, Source, SourceOptions
from layers.title import Title
from layers.vector.columns import Inference
from layers.vector.feed import BATCH, Feature, Feed, VectorSurvey
from layers.vector.keys import KeyChoice
from layers.vector.reading import default_name, open_vector


@dataclass(frozen=True)
class GeoPackageSource(Source):
    """Reads one table of a file, in batches."""

    def open(self, path: Path, options: SourceOptions, registry: Registry) -> Reading:
        """Look through the table once, for its columns and its count."""
        tables = _tables(path)
        table = options.table or (tables[0] if len(tables) == 1 else None)
        if table not in tables:
            found = "names no table with a geometry" if not tables else f"has the tables {', '.join(tables)}"
            raise SourceError(str(path), f"this {found}; name one of them with --table")
        name = default_name(path) if len(tables) == 1 else table
        return open_vector(TableFeed(path, table), name, options, registry)


class TableFeed(Feed):
    """The features of one table."""

    def __init__(self, path: Path, table: str) -> None:
        """Remember path and table."""
        super().__init__(path)
        self._table = table

    def survey(self, key: str | None) -> VectorSurvey:
        """Look through the table."""
        info = pyogrio.read_info(self.path, layer=self._table)
        inference, keys = Inference(), KeyChoice(self.path, key)
        types: set[str] = set()
        inference.see(dict.fromkeys(info["fields"]))
        for batch in self.batches():
            for feature in batch:
                inference.see(feature.properties)
                keys.see(feature.properties, feature.id)
            shapes = shapely.from_wkb([feature.geometry for feature in batch])
            types.update(shape.geom_type for shape in shapes if shape is not None)
        column, has_ids = keys.column(), keys.has_ids()
        return VectorSurvey(info["crs"], frozenset(types), inference.types(), keys.count, column, has_ids)

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features."""
        start = 0
        while batch := self._batch(start):
            yield batch
            start += len(batch)

    def _batch(self, start: int) -> list[Feature]:
        with _telling(self.path):
            meta, fids, geometries, columns = pyogrio.raw.read(
                self.path, layer=self._table, skip_features=start, max_features=BATCH, return_fids=True, force_2d=True
            )
        names = [str(name) for name in meta["fields"]]
        rows = zip(*(_values(column) for column in columns), strict=True) if names else ((),) * len(fids)
        return [
            Feature(start + index, str(fid), geometry, dict(zip(names, row, strict=True)))
            for index, (fid, geometry, row) in enumerate(zip(fids, geometries, rows, strict=True), start=1)
        ]


def _values(column: "np.ndarray[Any, Any]") -> list[Any]:
    """Return Python values; NaN and NaT stand for nulls."""
    if np.issubdtype(column.dtype, np.datetime64):
        return list(column.astype("datetime64[us]").tolist())
    values = column.tolist()
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values]


def _tables(path: Path) -> list[str]:
    with _telling(path):
        return [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what GDAL says of a broken file into a SourceError."""
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(str(path), f"this cannot be read ({error}); fetch it again") from error


SOURCE = GeoPackageSource(
    "geopackage", Title("GeoPackage 等矢量文件", "GeoPackage and the like"), (".gpkg", ".fgb", ".shp")
)
