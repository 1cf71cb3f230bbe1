"""Grids whose cells are rectangles of the 1/2048 second lattice."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from layers.errors import ParameterError
from layers.space.grids.base import MOST_CELLS, Codes, Floats, as_codes, need_code, need_level, no_parent
from layers.space.grids.cover import cover_cells
from layers.space.grids.lattice import Axis, Units, degrees, units

# Codes per batch, to limit temporary memory.
_CHUNK = 1 << 14


@dataclass(frozen=True)
class Cells:
    """Bounds of cells in degrees, EPSG:4490, and their levels; each an array of n."""

    level: NDArray[np.int64]
    west: Floats
    south: Floats
    east: Floats
    north: Floats

    @property
    def centre(self) -> Floats:
        """Return the middles, (n, 2), longitude first."""
        return np.column_stack([(self.west + self.east) / 2, (self.south + self.north) / 2])


class LatticeGrid(ABC):
    """A grid of the lattice: a subclass says how axes are cut, and how a cell's code is written and read."""

    name: str
    levels: range
    # Degrees of longitude and latitude within which the grid has cells.
    lon_limit = 180
    lat_limit: int

    @abstractmethod
    def axes(self, level: int) -> tuple[Axis, Axis]:
        """Return how longitude and latitude are cut at a level."""

    @abstractmethod
    def write(self, x: Units, y: Units, level: int) -> Codes:
        """Return the codes of the cells in which units lie."""

    @abstractmethod
    def read(self, codes: Codes, level: int) -> tuple[Units, Units]:
        """Return a unit of each cell; the codes are of one level, and the first that is wrong raises ParameterError."""

    @abstractmethod
    def level_of(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the levels of codes, by their form alone."""

    @abstractmethod
    def check(self, code: str) -> str | None:
        """Return what is wrong with a code, as a sentence, or None when it is one of this grid."""

    def encode(self, lon: ArrayLike, lat: ArrayLike, level: int) -> Codes:
        """Return the codes of the cells in which points lie, by degrees in EPSG:4490.

        Points on a line between cells, within 1e-9 degree, get the cell that begins there, counting outwards.
        """
        need_level(self, level)
        x, y = units(lon, self.lon_limit, "lon"), self._latitudes(lat)
        if len(x) != len(y):
            raise ParameterError("lat", f"{len(y)} latitudes for {len(x)} longitudes")
        return self.write(x, y, level)

    def decode(self, codes: ArrayLike) -> Cells:
        """Return bounds and levels of cells."""
        numbers, levels = self._bounds(codes)
        return Cells(levels, *(degrees(edge) for edge in numbers))

    def outline(self, codes: ArrayLike) -> "NDArray[Any]":
        """Return the cells as shapely polygons in EPSG:4490, longitude first."""
        cells = self.decode(codes)
        return np.asarray(shapely.box(cells.west, cells.south, cells.east, cells.north))

    def centre(self, codes: ArrayLike) -> Floats:
        """Return the middles of cells in degrees, (n, 2); encoding one gives its cell again, a corner may not."""
        return self.decode(codes).centre

    def parent(self, codes: ArrayLike, level: int | None = None) -> Codes:
        """Return the cells of a coarser level, by default the next, that cells belong to."""
        if level is not None:
            need_level(self, level)
        codes = as_codes(codes)
        levels = self.level_of(codes)
        parent_levels = levels - 1 if level is None else np.full_like(levels, level)
        invalid = (parent_levels > levels) | (parent_levels < self.levels[0])
        if invalid.any():
            place = int(np.argmax(invalid))
            raise no_parent(str(codes[place]), int(levels[place]), level)
        (west, south, _, _), _ = self._bounds(codes)
        out = np.empty(len(codes), dtype=object)
        for each in np.unique(parent_levels):
            rows = parent_levels == each
            out[rows] = self.write(west[rows], south[rows], int(each))
        return out.astype(np.str_)

    def children(self, code: str) -> Codes:
        """Return the cells of the next finer level that belong to a cell, in order of their codes."""
        (box,), (level,) = self._boxes(code)
        if level == self.levels[-1]:
            raise ParameterError("code", f"{code!r} is of level {level}, the finest: it has no children")
        x_axis, y_axis = self.axes(level + 1)
        x, y = np.meshgrid(x_axis.edges(box[0], box[2])[:-1], y_axis.edges(box[1], box[3])[:-1])
        return np.sort(self.write(x.ravel(), y.ravel(), level + 1))

    def neighbours(self, code: str) -> Codes:
        """Return the cells around a cell, clockwise from north; fewer than eight at the ends of the latitudes."""
        ((west, south, east, north),), (level,) = self._boxes(code)
        x_limit, y_limit = (axis.limit for axis in self.axes(level))
        # Neighbours continue across the antimeridian.
        before = west - 1 if west > -x_limit else x_limit - 1
        beyond = east if east < x_limit else -x_limit
        rows = [(north, north < y_limit), (south, True), (south - 1, south > -y_limit)]
        around = [(west, 0), (beyond, 0), (beyond, 1), (beyond, 2), (west, 2), (before, 2), (before, 1), (before, 0)]
        places = np.array([(x, rows[row][0]) for x, row in around if rows[row][1]], dtype=np.int64)
        # With only two columns, the eastern and western neighbours are the same cell.
        codes = self.write(places[:, 0], places[:, 1], level)
        return np.array(list(dict.fromkeys(codes.tolist())))

    def cover(self, geometry: Any, level: int, most: int = MOST_CELLS) -> Codes:
        """Return the cells that a shapely geometry (EPSG:4490) shares points with, in order of their codes.

        Areas that only touch a cell, or reach less than 1e-9 degree into it, do not count. More cells than ``most``
        raise ParameterError.
        """
        need_level(self, level)
        x, y = cover_cells(self, geometry, level, most)
        return np.unique(self.write(x, y, level))

    def units_of(self, points: Floats) -> tuple[Units, Units]:
        """Return the unit numbers of points in degrees, (n, 2), longitude first."""
        return units(points[:, 0], self.lon_limit, "lon"), self._latitudes(points[:, 1])

    def _latitudes(self, lat: ArrayLike) -> Units:
        return units(lat, self.lat_limit, "lat")

    def _bounds(self, codes: ArrayLike) -> tuple[tuple[Units, Units, Units, Units], NDArray[np.int64]]:
        """Return west, south, east and north lines of cells in units, and their levels."""
        codes = as_codes(codes)
        levels = self.level_of(codes)
        out = np.empty((4, len(codes)), dtype=np.int64)
        for level in np.unique(levels).tolist():
            places = np.flatnonzero(levels == level)
            for begin in range(0, len(places), _CHUNK):
                rows = places[begin : begin + _CHUNK]
                for offset, (axis, numbers) in enumerate(
                    zip(self.axes(level), self.read(codes[rows], level), strict=True)
                ):
                    out[offset, rows], out[offset + 2, rows] = axis.bounds(numbers)
        west, south, east, north = out
        return (west, south, east, north), levels

    def _boxes(self, code: str) -> tuple[list[tuple[int, ...]], list[int]]:
        need_code(self, code)
        edges, levels = self._bounds([code])
        return [tuple(int(edge[0]) for edge in edges)], [int(levels[0])]
