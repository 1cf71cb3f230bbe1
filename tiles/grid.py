"""What a tile of a layer on a grid shows, how many cells it may hold, and which edits change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan, ceil, cos, degrees, pi, radians, sin, sinh
from typing import Literal, get_args

import numpy as np

from layers.access import Decision
from layers.base import Layer
from layers.errors import ParameterError
from layers.query import summed_column
from layers.space import BEIDOU, GEOSOT, H3, UNITS_PER_DEGREE, Axis, Grid, LatticeGrid, need_level
from tiles.address import Address

Measure = Literal["count", "per_km2", "length_m", "area_m2", "area_share", "sum"]
MOST_CELLS = 4096
PARAMETERS = frozenset({"grid", "level", "measure", "sum"})
# The grids whose cells the database can make: layers/store/sql/060_grids.sql and 065_grid_covers.sql.
IN_DATABASE: dict[str, LatticeGrid] = {grid.name: grid for grid in (BEIDOU, GEOSOT)}
# H3 is in no database: its cells are made here and sent along (tiles/hexagons.py).
TILED: dict[str, Grid] = {**IN_DATABASE, H3.name: H3}
_DEGREE_M = 111_320.0


@dataclass(frozen=True, slots=True)
class DegreeBox:
    """West, south, east and north in degrees."""

    west: float
    south: float
    east: float
    north: float

    def widened(self, lon: float, lat: float) -> "DegreeBox":
        """Return the box with a margin, as far as the globe reaches."""
        west, east = max(self.west - lon, -180.0), min(self.east + lon, 180.0)
        return DegreeBox(west, max(self.south - lat, -90.0), east, min(self.north + lat, 90.0))

    @property
    def square_metres(self) -> float:
        """Return the area on a sphere, which is near enough to count by."""
        height = (sin(radians(self.north)) - sin(radians(self.south))) / radians(1)
        return (self.east - self.west) * height * _DEGREE_M**2


@dataclass(frozen=True, slots=True)
class GridMeasure:
    """A level of a grid, and what is measured in its cells; ``column`` is summed up where the measure is ``sum``."""

    grid: str
    level: int
    measure: Measure
    column: str | None = None

    @property
    def is_hexagonal(self) -> bool:
        """Tell whether the cells are those of H3, which the database cannot make."""
        return self.grid == H3.name

    def cell(self, box: DegreeBox) -> tuple[float, float]:
        """Return how wide and high, in degrees, the largest cells are that meet a box."""
        if self.is_hexagonal:
            return _hexagon(self.level, box)
        x, y = IN_DATABASE[self.grid].axes(self.level)
        return _largest(x) / UNITS_PER_DEGREE, _largest(y) / UNITS_PER_DEGREE

    def cells_in(self, box: DegreeBox) -> int:
        """Return about how many cells meet a box."""
        if self.is_hexagonal:
            return ceil(box.square_metres / H3.area(self.level))
        lon, lat = self.cell(box)
        return ceil((box.east - box.west) / lon) * ceil((box.north - box.south) / lat)


def parse_measure(layer: Layer, decision: Decision, parameters: Mapping[str, str]) -> GridMeasure:
    """Read the parameters of a tile of a grid; raises ParameterError naming the one that cannot be used."""
    grid, level = parameters.get("grid", BEIDOU.name), parameters.get("level", "5")
    if grid not in TILED:
        raise ParameterError("grid", f"{grid!r} has no tiles; there are cells of {', '.join(TILED)}")
    if not (level.isascii() and level.isdigit() and len(level) <= 2):
        raise ParameterError("level", f"{level!r} is no level")
    need_level(TILED[grid], int(level))
    column = summed_column(layer, decision, parameters.get("sum"))
    measure = parameters.get("measure", "count" if column is None else "sum")
    if measure not in get_args(Measure):
        raise ParameterError("measure", f"{measure!r} is no measure; there are {', '.join(get_args(Measure))}")
    if (measure == "sum") != (column is not None):
        raise ParameterError("sum", "measure=sum and the column sum=… go together")
    return GridMeasure(grid, int(level), measure, column)  # type: ignore[arg-type]


def box_of(address: Address) -> DegreeBox:
    """Return a tile in degrees."""
    tiles = 1 << address.z
    west, east = (360 * column / tiles - 180 for column in (address.x, address.x + 1))
    north, south = (degrees(atan(sinh(pi * (1 - 2 * row / tiles)))) for row in (address.y, address.y + 1))
    return DegreeBox(west, south, east, north)


def require_room(measure: GridMeasure, address: Address) -> None:
    """Raise ParameterError where a tile would hold too many cells."""
    cells = measure.cells_in(box_of(address))
    if cells > MOST_CELLS:
        raise ParameterError(
            "level",
            f"a tile of zoom {address.z} would hold about {cells} {measure.grid} cells of level {measure.level}, and "
            f"{MOST_CELLS} are the most: zoom in, or take a coarser level",
        )


def ground_of(measure: GridMeasure, address: Address) -> list[Address]:
    """Return the tiles whose edits change a tile of a grid.

    A cell on its edge counts what lies beyond it, up to the width of a cell: so far reach the neighbours of the tile,
    or of the tile above it whose sides are that long.
    """
    box = box_of(address)
    lon, lat = measure.cell(box)
    flattest = cos(radians(max(abs(box.south), abs(box.north))))
    zoom, z = address.z, address.z
    while z > 0 and 360 / (1 << z) < max(lon, lat / flattest):
        z -= 1
    x, y, last = address.x >> (zoom - z), address.y >> (zoom - z), (1 << z) - 1
    columns = range(max(x - 1, 0), min(x + 1, last) + 1)
    return [Address(z, column, row) for column in columns for row in range(max(y - 1, 0), min(y + 1, last) + 1)]


def _largest(axis: Axis) -> int:
    return int(np.diff([*axis.offsets, axis.period]).max())


def _hexagon(level: int, box: DegreeBox) -> tuple[float, float]:
    """Return what bounds the width and height of the hexagons on a box, in degrees; about a pole, all around it."""
    high = H3.span(level) / _DEGREE_M
    farthest = max(abs(box.south), abs(box.north)) + high
    return (360.0 if farthest >= 89 else min(high / cos(radians(farthest)), 360.0)), high
