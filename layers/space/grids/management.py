"""Cells of city management (单元网格, 万米网格): codes of 15 digits, and cells cut inside the area of a unit.

A code is 6 digits of division (GB/T 2260), 3 of street or town, 3 of community or village, and 3 of a sequence that
counts from west to east and from north to south (DB11's revision of the rule of CJ/T 213; GB/T 30428.1 has the cell of
about ten thousand square metres). Real cells follow streets and walls, and are loaded; these are a regular start.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from layers.errors import ParameterError
from layers.space.grids.cover import simple_parts

CELL_M2 = 10_000.0
MOST_IN_UNIT = 999
# Pieces at the edge below this share of a cell go to a neighbour.
_SMALLEST_SHARE = 0.25
_LENGTH = 15
_MOST_SQUARES = 1_000_000
_ELLIPSOID = Geod(a=6378137, rf=298.257222101)
# First two digits of divisions: provinces and their like, GB/T 2260.
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")


@dataclass(frozen=True)
class ManagementCode:
    """The parts of a cell's code, as digits."""

    division: str
    street: str
    community: str
    sequence: str

    def __str__(self) -> str:
        """Return the 15 digits."""
        return f"{self.division}{self.street}{self.community}{self.sequence}"

    @property
    def unit(self) -> str:
        """Return the 12 digits of the community, village, or undivided street that the cell belongs to."""
        return str(self)[:12]


@dataclass(frozen=True)
class ManagementCell:
    """One cell: its code, polygon in EPSG:4490, and area in square metres on the ellipsoid."""

    code: ManagementCode
    polygon: Any
    area_m2: float


def check(code: str) -> str | None:
    """Return what is wrong with a cell's code, as a sentence, or None."""
    if fault := _fault_in_unit(code):
        return fault
    if len(code) != _LENGTH:
        return f"{code!r} has {len(code)} digits; a cell has 15: division 6, street 3, community 3, sequence 3"
    if code[12:] == "000":
        return f"{code!r}: the sequence, digits 13 to 15, is 000, and begins with 001"
    return None


def parse(code: str) -> ManagementCode:
    """Return the parts of a cell's code; ParameterError says what is wrong with one."""
    if wrong := check(code):
        raise ParameterError("code", wrong)
    return ManagementCode(code[:6], code[6:9], code[9:12], code[12:])


def generate(area: Any, unit: str, cell_m2: float = CELL_M2) -> list[ManagementCell]:
    """Return cells of about ``cell_m2`` that fill the area of a unit, a polygon or several in EPSG:4490.

    ``unit`` is 12 digits: division, street and community, or 000 for a street that is not divided. Squares along
    meridians and parallels from the north-west corner, clipped to the area; clippings of less than a quarter of a cell
    join the neighbour with which they share most border. A unit has 999 cells at most.
    """
    if wrong := _fault_in_unit(unit) or (None if len(unit) == 12 else f"{unit!r} has {len(unit)} digits, and needs 12"):
        raise ParameterError("unit", wrong)
    if not math.isfinite(cell_m2) or cell_m2 <= 0:
        raise ParameterError("cell_m2", f"{cell_m2} is not an area in square metres")
    parts = [part for part in simple_parts(area) if part.geom_type == "Polygon"]
    if not parts:
        raise ParameterError("geometry", f"a {area.geom_type} has no area to cut into cells")
    union = shapely.union_all(parts)
    expected = area_m2(union) / cell_m2
    if expected > 2 * MOST_IN_UNIT:
        raise _crowded(unit, round(expected))
    cells = _joined(_clipped(union, cell_m2), _SMALLEST_SHARE * cell_m2)
    if len(cells) > MOST_IN_UNIT:
        raise _crowded(unit, len(cells))
    return [
        ManagementCell(ManagementCode(unit[:6], unit[6:9], unit[9:], f"{number:03d}"), polygon, area_m2(polygon))
        for number, polygon in enumerate(cells, start=1)
    ]


def area_m2(shape: Any) -> float:
    """Return the area of a shape in EPSG:4490 on the ellipsoid of CGCS2000, in square metres."""
    return abs(float(_ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(shape))[0]))


def _fault_in_unit(code: str) -> str | None:
    for place, glyph in enumerate(code):
        if glyph not in "0123456789":
            return f"{code!r}: character {place + 1} is {glyph!r}; it must be 0-9"
    if len(code) >= 2 and not _PROVINCE.match(code):
        return f"{code!r}: digits 1 and 2 are {code[:2]}, which is not a province of GB/T 2260"
    if len(code) >= 9 and code[6:9] == "000":
        return f"{code!r}: the street, digits 7 to 9, is 000, and begins with 001"
    return None


def _crowded(unit: str, count: int) -> ParameterError:
    return ParameterError(
        "geometry",
        f"unit {unit} would have {count} cells, and three digits of sequence hold {MOST_IN_UNIT}; "
        "generate them by community or village instead",
    )


def _clipped(area: Any, cell_m2: float) -> list[Any]:
    """Return the connected pieces of an area in each square, row by row from the north, and from the west in each."""
    west, south, east, north = shapely.bounds(area)
    side = math.sqrt(cell_m2)
    middle = (south + north) / 2
    lon_step = side / _ELLIPSOID.inv(west, middle, west + 0.01, middle)[2] * 0.01
    lat_step = side / _ELLIPSOID.inv(west, middle - 0.005, west, middle + 0.005)[2] * 0.01
    rows, columns = math.ceil((north - south) / lat_step), math.ceil((east - west) / lon_step)
    if rows * columns > _MOST_SQUARES:
        raise ParameterError("geometry", f"its parts lie so far apart that {rows * columns} squares would be needed")
    shapely.prepare(area)
    pieces: list[Any] = []
    for row in range(rows):
        band = (north - (row + 1) * lat_step, north - row * lat_step)
        for box in _row(area, (west, east), band, lon_step):
            inside = box if shapely.covers(area, box) else shapely.intersection(area, box)
            polygons = [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon"]
            pieces += sorted(polygons, key=lambda part: float(part.bounds[0]))
    return pieces


def _row(area: Any, reach: tuple[float, float], band: tuple[float, float], lon_step: float) -> Iterator[Any]:
    """Yield the squares of one row that the area meets; those side by side share their edges to the last bit."""
    west, east = reach
    edges = west + np.arange(math.ceil((east - west) / lon_step) + 1) * lon_step
    boxes = shapely.box(edges[:-1], band[0], edges[1:], band[1])
    yield from boxes[shapely.intersects(area, boxes)]


def _joined(pieces: list[Any], smallest_m2: float) -> list[Any]:
    """Return the pieces, with those that are too small given to the neighbour that shares most border."""
    areas = np.array([area_m2(piece) for piece in pieces])
    tree = shapely.STRtree(pieces)
    owner = np.arange(len(pieces))
    for small in np.argsort(areas, kind="stable"):
        if areas[small] >= smallest_m2:
            break
        near = np.array([other for other in tree.query(pieces[small], predicate="intersects") if other != small])
        if not len(near):
            continue
        shared = shapely.length(shapely.intersection(pieces[small], np.array(pieces, dtype=object)[near]))
        if shared.max() > 0:
            owner[small] = near[int(np.argmax(shared))]
    return _merged(pieces, _roots(owner, areas))


def _roots(owner: NDArray[np.int64], areas: NDArray[np.float64]) -> NDArray[np.int64]:
    """Follow owners to those that own themselves; small pieces that own each other belong to the largest of them."""
    roots = owner.copy()
    for place in range(len(owner)):
        chain = [place]
        while owner[chain[-1]] not in chain:
            chain.append(int(owner[chain[-1]]))
        ring = chain[chain.index(int(owner[chain[-1]])) :]
        roots[place] = max(ring, key=lambda each: float(areas[each]))
    return roots


def _merged(pieces: list[Any], roots: NDArray[np.int64]) -> list[Any]:
    merged = []
    for root in np.unique(roots):
        members = np.flatnonzero(roots == root)
        merged.append(pieces[root] if len(members) == 1 else shapely.union_all([pieces[each] for each in members]))
    return merged
