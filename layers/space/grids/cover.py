"""Which cells a geometry shares points with, found by halving the rectangle of cells around it."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import ParameterError
from layers.space.grids.base import Floats, too_many
from layers.space.grids.lattice import TOLERANCE, Axis, Units, degrees, units

# Half-open cells end this much before their last line, as far as lines and points are concerned.
_SHORT_OF = 1.01 * TOLERANCE
Blocks = NDArray[np.int64]


class Cut(Protocol):
    """The properties of a lattice grid that a cover needs: its cuts, and its limits in degrees."""

    name: str
    lon_limit: int
    lat_limit: int

    def axes(self, level: int) -> tuple[Axis, Axis]:
        """Return how longitude and latitude are cut at a level."""

    def units_of(self, points: Floats) -> tuple[Units, Units]:
        """Return the unit numbers of points in degrees, (n, 2), longitude first."""


def simple_parts(geometry: Any) -> Iterator[Any]:
    """Yield the points, lines and polygons of a geometry; raises ParameterError where it is empty or invalid."""
    if shapely.is_empty(geometry):
        raise ParameterError("geometry", "is empty, so no cell covers it")
    if not shapely.is_valid(geometry):
        raise ParameterError("geometry", f"is not valid: {shapely.is_valid_reason(geometry)}")
    for part in shapely.get_parts(geometry):
        if part.is_empty:
            continue
        if shapely.get_num_geometries(part) > 1 or part.geom_type.startswith(("Multi", "Geometry")):
            yield from simple_parts(part)
        else:
            yield part


def cover_cells(grid: Cut, geometry: Any, level: int, most: int) -> tuple[Units, Units]:
    """Return one unit of each cell that a geometry shares points with; raises ParameterError beyond ``most`` cells."""
    parts = list(simple_parts(geometry))
    points = [part for part in parts if part.geom_type == "Point"]
    parts_cells, count = [_first_units(grid, _of_points(grid, points), level)], len(points)
    for shape in (part for part in parts if part.geom_type != "Point"):
        parts_cells.append(_of_shape(grid, shape, level, most))
        count += len(parts_cells[-1])
        if count > most:
            parts_cells, count = _once_each(grid, parts_cells, level, most)
    parts_cells, _ = _once_each(grid, parts_cells, level, most)
    return parts_cells[0][:, 0], parts_cells[0][:, 1]


def _once_each(grid: Cut, parts_cells: list[Units], level: int, most: int) -> tuple[list[Units], int]:
    """Return cells that parts may share, once each; raises ParameterError when there are more than ``most``."""
    cells = np.unique(np.concatenate(parts_cells), axis=0)
    if len(cells) > most:
        raise too_many(grid.name, level, len(cells), most)
    return [cells], len(cells)


def _first_units(grid: Cut, cells: Units, level: int) -> Units:
    return np.column_stack([axis.bounds(cells[:, at])[0] for at, axis in enumerate(grid.axes(level))])


def _of_points(grid: Cut, points: list[Any]) -> Units:
    return np.column_stack(grid.units_of(shapely.get_coordinates(points)))


def _of_shape(grid: Cut, shape: Any, level: int, most: int) -> Units:
    """Return the first units, (n, 2), of the cells of a line or polygon."""
    lines = _lines_around(grid, shape, level, most)
    limits = (grid.lon_limit, grid.lat_limit)
    shapely.prepare(shape)
    has_area = shape.geom_type == "Polygon"
    blocks = np.array([[0, 0, len(lines[0]) - 1, len(lines[1]) - 1]], dtype=np.int64)
    blocks_inside: list[Blocks] = []
    count = 0
    while len(blocks):
        boxes = _boxes(blocks, lines, limits, has_area)
        hit = shapely.intersects(shape, boxes)
        blocks, boxes = blocks[hit], boxes[hit]
        sizes = _sizes(blocks)
        done = sizes == 1
        if has_area:
            done |= shapely.covers(shape, boxes)
        blocks_inside.append(blocks[done])
        count += int(sizes[done].sum())
        blocks = _halved(blocks[~done])
        if count + len(blocks) // 4 > most:
            raise too_many(grid.name, level, count + len(blocks) // 4, most)
    cells = _spread(np.concatenate(blocks_inside), lines)
    # A sliver along a line may reach into no cell.
    if len(cells):
        return cells
    return _first_units(grid, _of_points(grid, [shapely.point_on_surface(shape)]), level)


def _lines_around(grid: Cut, shape: Any, level: int, most: int) -> tuple[Units, Units]:
    """Return the lines of the cells around a connected shape, which passes through all columns and all rows."""
    west, south, east, north = shapely.bounds(shape)
    spans = (
        units([west, east], grid.lon_limit, "geometry's longitude"),
        units([south, north], grid.lat_limit, "geometry's latitude"),
    )
    for axis, (first, last) in zip(grid.axes(level), spans, strict=True):
        if (count := axis.count(int(first), int(last))) > most:
            raise too_many(grid.name, level, count, most)
    x, y = (axis.edges(int(a), int(b) + 1) for axis, (a, b) in zip(grid.axes(level), spans, strict=True))
    return x, y


def _boxes(blocks: Blocks, lines: tuple[Units, Units], limits: tuple[int, int], has_area: bool) -> "NDArray[Any]":
    """Return blocks of cells as boxes in degrees, drawn in from the lines that do not belong to them."""
    west, east = _reach(lines[0][blocks[:, 0]], lines[0][blocks[:, 2]], limits[0], has_area)
    south, north = _reach(lines[1][blocks[:, 1]], lines[1][blocks[:, 3]], limits[1], has_area)
    return np.asarray(shapely.box(west, south, east, north))


def _reach(first: Units, last: Units, limit: int, has_area: bool) -> tuple[Floats, Floats]:
    """Return where intervals of units begin and end for shapes, in degrees.

    An area has to reach in by the tolerance. A line belongs where its points do: it may miss the line that is the
    nearer to zero by the tolerance, and has to stay off the farther one, unless no cell follows.
    """
    low, high = degrees(first), degrees(last)
    if has_area:
        return low + TOLERANCE, high - TOLERANCE
    begin = np.where(first >= 0, low - TOLERANCE, low + _SHORT_OF)
    end = np.where(last < 0, high + TOLERANCE, high - _SHORT_OF)
    return np.where(low <= -limit, low, begin), np.where(high >= limit, high, end)


def _sizes(blocks: Blocks) -> Blocks:
    return (blocks[:, 2] - blocks[:, 0]) * (blocks[:, 3] - blocks[:, 1])


def _halved(blocks: Blocks) -> Blocks:
    """Return blocks cut in two both ways, where they are wider than a cell."""
    for side in (0, 1):
        wide = blocks[:, side + 2] - blocks[:, side] > 1
        first, second = blocks[wide].copy(), blocks[wide].copy()
        first[:, side + 2] = second[:, side] = (first[:, side] + first[:, side + 2]) // 2
        blocks = np.concatenate([blocks[~wide], first, second])
    return blocks


def _spread(blocks: Blocks, lines: tuple[Units, Units]) -> Units:
    """Return the first units, (n, 2), of all cells of blocks."""
    single = _sizes(blocks) == 1
    parts = [np.column_stack([lines[0][blocks[single, 0]], lines[1][blocks[single, 1]]])]
    for west, south, east, north in blocks[~single]:
        x, y = np.meshgrid(lines[0][west:east], lines[1][south:north])
        parts.append(np.column_stack([x.ravel(), y.ravel()]))
    return np.concatenate(parts)
