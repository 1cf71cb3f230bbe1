"""H3, by Uber's own library: hexagons of 16 resolutions, for analysis; its cells do not nest exactly.

The numbers of CGCS2000 are taken as those of WGS 84, for which H3 is defined; they differ by less than a metre.
"""

import re
from itertools import repeat
from typing import Any

import h3
import numpy as np
import shapely
from h3.api import basic_int
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from layers.errors import ParameterError
from layers.space.grids.alphabet import as_strings, blank_codes
from layers.space.grids.base import MOST_CELLS, Codes, Floats, as_codes, need_code, need_level, no_parent, too_many
from layers.space.grids.cover import simple_parts

_ELLIPSOID = Geod(a=6378137, rf=298.257222101)
# Hexagons of one resolution differ in area by a factor of two over the globe, with the icosahedron's distortion.
_LARGEST = 1.3
# A regular hexagon is two edges wide; the largest ones, near the middles of the icosahedron's faces, are wider.
_LONGEST = 3.0
_HEXADECIMAL = np.array([ord(glyph) for glyph in "0123456789abcdef"], dtype=np.uint32)
_FORM = re.compile("[0-9a-f]{15}")


class H3Grid:
    """H3 cells; a code is the index in hexadecimal."""

    name = "h3"
    levels = range(16)

    def encode(self, lon: ArrayLike, lat: ArrayLike, level: int) -> Codes:
        """Return the codes of the cells in which points lie, by degrees."""
        need_level(self, level)
        east, north = _degrees(lon, 180, "lon"), _degrees(lat, 90, "lat")
        if len(east) != len(north):
            raise ParameterError("lat", f"{len(north)} latitudes for {len(east)} longitudes")
        numbers = map(basic_int.latlng_to_cell, north.tolist(), east.tolist(), repeat(level))
        return _as_hexadecimal(np.fromiter(numbers, dtype=np.uint64, count=len(east)))

    def span(self, level: int) -> float:
        """Return a length in metres that no cell of a level reaches over, from corner to corner."""
        need_level(self, level)
        return _LONGEST * float(h3.average_hexagon_edge_length(level, unit="m"))

    def area(self, level: int) -> float:
        """Return how large a hexagon of a level is on average, in square metres."""
        need_level(self, level)
        return float(h3.average_hexagon_area(level, unit="m^2"))

    def level_of(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the resolutions of codes."""
        return np.array([h3.get_resolution(code) for code in self._known(codes)], dtype=np.int64)

    def outline(self, codes: ArrayLike) -> "NDArray[Any]":
        """Return the cells as shapely polygons, longitude first; of two parts where the antimeridian cuts them."""
        return np.array([_polygon(h3.cell_to_boundary(code)) for code in self._known(codes)], dtype=object)

    def centre(self, codes: ArrayLike) -> Floats:
        """Return the middles of cells in degrees, (n, 2), longitude first."""
        places = [h3.cell_to_latlng(code)[::-1] for code in self._known(codes)]
        return np.array(places, dtype=np.float64).reshape(-1, 2)

    def parent(self, codes: ArrayLike, level: int | None = None) -> Codes:
        """Return the cells of a coarser resolution, by default the next, that cells belong to."""
        if level is not None:
            need_level(self, level)
        numbers = self._known(codes)
        parents = []
        for code in numbers:
            own = h3.get_resolution(code)
            parent_level = own - 1 if level is None else level
            if not 0 <= parent_level <= own:
                raise no_parent(code, own, level)
            parents.append(h3.cell_to_parent(code, parent_level))
        return np.array(parents, dtype="U15")

    def children(self, code: str) -> Codes:
        """Return the cells of the next finer resolution that belong to a cell: seven, or six of a pentagon."""
        need_code(self, code)
        if h3.get_resolution(code) == self.levels[-1]:
            raise ParameterError("code", f"{code!r} is of level 15, the finest: it has no children")
        return np.array(sorted(h3.cell_to_children(code)), dtype="U15")

    def neighbours(self, code: str) -> Codes:
        """Return the cells around a cell: six, or five of a pentagon."""
        need_code(self, code)
        return np.array(sorted(set(h3.grid_disk(code, 1)) - {code}), dtype="U15")

    def cover(self, geometry: Any, level: int, most: int = MOST_CELLS) -> Codes:
        """Return the cells that a shapely geometry shares points with; more than ``most`` raise ParameterError."""
        need_level(self, level)
        codes: set[str] = set()
        for part in simple_parts(geometry):
            codes |= (
                self._cover_area(part, level, most) if part.geom_type == "Polygon" else self._trace(part, level, most)
            )
            if len(codes) > most:
                raise too_many(self.name, level, len(codes), most)
        return np.array(sorted(codes), dtype="U15")

    def check(self, code: str) -> str | None:
        """Return what is wrong with a code, as a sentence, or None when it is one of this grid."""
        for place, glyph in enumerate(code):
            if glyph not in "0123456789abcdef":
                return f"{code!r}: character {place + 1} is {glyph!r}; it must be 0-9 or a-f"
        if len(code) != 15:
            return f"{code!r} has {len(code)} characters; H3 codes have 15"
        if not h3.is_valid_cell(code):
            return f"{code!r} is no index of an H3 cell: its mode, base cell or digits are none of a cell"
        return None

    def _known(self, codes: ArrayLike) -> list[str]:
        listed: list[str] = as_codes(codes).tolist()
        for code in listed:
            if not _FORM.fullmatch(code) or not h3.is_valid_cell(code):
                need_code(self, code)
        return listed

    def _cover_area(self, area: Any, level: int, most: int) -> set[str]:
        least = max(_cells_in(area, level), _cells_along(area, level))
        if least > most:
            raise too_many(self.name, level, least, most)
        return set(h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(area), level, contain="overlap"))

    def _trace(self, line: Any, level: int, most: int) -> set[str]:
        """Return the cells that a line or point meets, among those around points on it closer than a cell is wide."""
        if line.geom_type != "Point":
            step = h3.average_hexagon_edge_length(level, unit="m") / 2 / 111_320
            if line.length / step > 8 * most:
                raise too_many(self.name, level, int(line.length / step / 8), most)
            line = shapely.segmentize(line, step)
        places = shapely.get_coordinates(line)
        on_it = set(self.encode(places[:, 0], places[:, 1], level).tolist())
        if line.geom_type == "Point":
            return on_it
        around = sorted({near for code in on_it for near in h3.grid_disk(code, 1)} - on_it)
        shapely.prepare(line)
        return on_it | {
            code for code, hit in zip(around, shapely.intersects(line, self.outline(around)), strict=True) if hit
        }


def _as_hexadecimal(numbers: "NDArray[np.uint64]") -> Codes:
    """Return indices in hexadecimal, faster than by the library one by one."""
    room = blank_codes(len(numbers), 15)
    for place in range(15):
        room[:, place] = _HEXADECIMAL[numbers >> np.uint64(4 * (14 - place)) & np.uint64(15)]
    return as_strings(room)


def _cells_in(area: Any, level: int) -> int:
    """Return how many of the largest cells have the area of a polygon."""
    square_metres = abs(float(_ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(area))[0]))
    return int(square_metres / (_LARGEST * h3.average_hexagon_area(level, unit="m^2")))


def _cells_along(shape: Any, level: int) -> int:
    """Return how many of the widest cells lie across a connected shape, from south to north."""
    _, south, _, north = shapely.bounds(shape)
    return int((north - south) * 110_500 / (2 * _LARGEST * h3.average_hexagon_edge_length(level, unit="m")))


def _polygon(ring: "tuple[tuple[float, float], ...]") -> Any:
    """Return the polygon of a ring of latitudes and longitudes, which may pass the antimeridian or a pole."""
    lat, lon = np.array(ring).T
    if np.ptp(lon) < 180:
        return shapely.Polygon(np.column_stack([lon, lat]))
    steps = np.diff(lon, append=lon[0])
    steps -= 360 * np.round(steps / 360)
    around = 360 * round(float(steps.sum()) / 360)
    lon = lon[0] + np.concatenate([[0], np.cumsum(steps[:-1]), [around]])
    lat = np.append(lat, lat[0])
    if around:
        lon, lat = np.append(lon, [lon[-1], lon[0]]), np.append(lat, np.copysign([90.0, 90.0], lat[0]))
    unrolled = shapely.Polygon(np.column_stack([lon, lat]))
    turns = [
        shapely.transform(
            shapely.intersection(unrolled, shapely.box(turn - 180, -90, turn + 180, 90)),
            lambda at, turn=turn: at - [turn, 0],
        )
        for turn in (-360, 0, 360)
    ]
    return shapely.union_all(turns)


def _degrees(values: ArrayLike, limit: int, parameter: str) -> Floats:
    numbers = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
    beyond = ~(np.abs(numbers) <= limit)
    if beyond.any():
        place = int(np.argmax(beyond))
        raise ParameterError(
            parameter, f"{numbers[place]:.10g} (number {place + 1}) is not within {-limit} to {limit} degrees"
        )
    return numbers


H3 = H3Grid()
