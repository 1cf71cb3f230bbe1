"""Counting on a grid: how many things, how much length and area, and which share of a value lie in each cell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from layers.space.grids.base import MOST_CELLS, Codes, Floats, Grid

_DEGREES = "EPSG:4490"


@dataclass(frozen=True)
class Gridded:
    """What lies in each of n cells, in order of their codes.

    A thing counts once, in the cell of a point on it; ``length_m`` and ``area_m2`` are those of the pieces inside the
    cell, on the ellipsoid; ``total`` is the sum of the things' values, each shared out by its pieces.
    ``cell_m2`` is the area of the cell itself.
    """

    codes: Codes
    count: NDArray[np.int64]
    length_m: Floats
    area_m2: Floats
    total: Floats
    cell_m2: Floats

    @property
    def per_km2(self) -> Floats:
        """Return how many things there are to a square kilometre of the cell."""
        return np.asarray(self.count / self.cell_m2 * 1e6)


def gridded(
    grid: Grid, level: int, shapes: "NDArray[Any]", values: Floats | None = None, most: int = MOST_CELLS
) -> Gridded:
    """Count shapely geometries (EPSG:4490, longitude first) with their values by the cells of a level.

    Raises ParameterError where they reach over more than ``most`` cells. NaN among the values counts as nothing.
    """
    shapes = np.asarray(shapes, dtype=object)
    shapes = shapes[present := ~(shapely.is_empty(shapes) | shapely.is_missing(shapes))]
    weights = np.zeros(len(shapes)) if values is None else np.nan_to_num(np.asarray(values, dtype=np.float64)[present])
    if not len(shapes):
        nothing = np.zeros(0)
        return Gridded(np.zeros(0, np.str_), np.zeros(0, np.int64), nothing, nothing, nothing, nothing)
    codes = grid.cover(shapely.geometrycollections(list(shapes)), level, most)
    codes = np.unique(np.concatenate([codes, _homes(grid, level, shapes)]))
    return _Count(grid, level, codes, shapes).of(weights)


def _homes(grid: Grid, level: int, shapes: "NDArray[Any]") -> Codes:
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return grid.encode(points[:, 0], points[:, 1], level)


@dataclass(frozen=True)
class _Count:
    grid: Grid
    level: int
    codes: Codes
    shapes: "NDArray[Any]"

    def of(self, values: Floats) -> Gridded:
        cells = self.grid.outline(self.codes)
        plane = equal_area(self.shapes)
        shape, cell, pieces = pieces_of(self.shapes, cells)
        flat = shapely.transform(pieces, plane)
        length, area = self._lengths(shape, flat, plane), np.asarray(shapely.area(flat))
        home = np.searchsorted(self.codes, _homes(self.grid, self.level, self.shapes))
        n = len(self.codes)
        return Gridded(
            self.codes,
            np.bincount(home, minlength=n),
            _sums(cell, length, n),
            _sums(cell, area, n),
            self._shared(values, shape, cell, np.where(area > 0, area, length), home),
            np.asarray(shapely.area(shapely.transform(cells, plane))),
        )

    def _lengths(self, shape: NDArray[np.int64], pieces: "NDArray[Any]", plane: Any) -> Floats:
        """Return lengths of pieces of lines; what runs along the line between two cells is half of either."""
        lines = shapely.get_dimensions(self.shapes) == 1
        length = np.where(lines[shape], shapely.length(pieces), 0.0)
        pieces_length = np.bincount(shape, length, len(self.shapes))
        true = shapely.length(shapely.transform(self.shapes, plane))
        scale = np.divide(true, pieces_length, out=np.zeros(len(pieces_length)), where=lines & (pieces_length > 0))
        return np.asarray(length * scale[shape])

    def _shared(
        self, values: Floats, shape: NDArray[np.int64], cell: NDArray[np.int64], size: Floats, home: NDArray[np.int64]
    ) -> Floats:
        """Return the values by cell: shared out by size, those of points (and what has no size) in one piece."""
        total = np.bincount(shape, size, len(self.shapes))
        sized = total > 0
        parts = np.zeros(len(shape))
        has_size = sized[shape]
        parts[has_size] = values[shape[has_size]] * size[has_size] / total[shape[has_size]]
        n = len(self.codes)
        return np.asarray(np.bincount(cell, parts, n) + np.bincount(home[~sized], values[~sized], n))


def _sums(place: NDArray[np.int64], values: Floats, count: int) -> Floats:
    return np.bincount(place, values, count).astype(np.float64)


def pieces_of(
    shapes: "NDArray[Any]", cells: "NDArray[Any]"
) -> tuple[NDArray[np.int64], NDArray[np.int64], "NDArray[Any]"]:
    """Return which shape meets which cell, and what of it lies inside."""
    shape, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    contained = shapely.contains_properly(cells[cell], shapes[shape])
    pieces = shapes[shape].copy()
    cut = ~contained
    # Invalid polygons would stop the intersection of all others.
    mended = shapely.make_valid(pieces[cut])
    pieces[cut] = shapely.intersection(mended, cells[cell[cut]])
    return shape, cell, pieces


def equal_area(shapes: "NDArray[Any]") -> Any:
    """Return a function into metres of an equal-area projection about the shapes' middle (Lambert, GRS 80)."""
    west, south, east, north = shapely.total_bounds(shapes)
    lon, lat = 0.5 * (west + east), 0.5 * (south + north)
    projected = f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +ellps=GRS80 +units=m"
    transformer = Transformer.from_crs(_DEGREES, projected, always_xy=True)

    def move(coordinates: Floats) -> Floats:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return move
