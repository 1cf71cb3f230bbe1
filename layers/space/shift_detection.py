"""Compares a file's coordinates with the existing map: as they are, or as one of the shifted systems."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from layers.space.gcj02_bd09 import BD09, GCJ02, LonLat, to_gcj02
from layers.space.plane import LocalPlane

AS_IS = "as is"
# Shifted back although they were not shifted, or shifted back twice 双重纠偏.
OVERCORRECTED = "overcorrected"
HYPOTHESES: dict[str, Callable[[LonLat], LonLat]] = {
    AS_IS: lambda lonlat: lonlat,
    GCJ02.name: GCJ02.inverse,
    BD09.name: BD09.inverse,
    OVERCORRECTED: to_gcj02,
}
# A vertex this near to a line of the map counts as on it.
CLOSE_M = 5.0
# The search distance for lines.
REACH_M = 50.0
# A verdict needs vertices at that many places, half of them on the map's lines, and a quarter more of them than there
# are by any other reading of the coordinates, and by chance. Points inside houses prove less than corners on walls.
_FEWEST_PLACES = 20
_FEWEST_POINTS = 100
_MOST = 1_500
_SHARE = 0.5
_LEAD = 0.25
# Rows of equal houses overlap partly when shifted by the distance between two. So a reading has to be better than its
# own surroundings as well: no place from 12 to 40 m away may be clearly better, tried on some of the vertices.
_SLIP_M = (12.0, 40.0)
_SLIP_STEP_M = 8.0
_SLIP_LEAD = 0.1
_SLIP_VERTICES = 300


@dataclass(frozen=True)
class Fit:
    """How well vertices lie on the map's lines, or points in its areas; ``median_m`` is None beyond REACH_M."""

    share: float
    median_m: float | None


@dataclass(frozen=True)
class Comparison:
    """The hypotheses compared on ``vertices`` vertices, where that is ``enough`` of them.

    ``chance`` is the share that lies on lines at wrong places, and ``slipped`` tells that even the best hypothesis puts
    the vertices a little way off from where they fit.
    """

    fits: dict[str, Fit]
    chance: float
    vertices: int
    enough: bool
    slipped: bool = False

    @property
    def verdict(self) -> str | None:
        """Return the hypothesis that explains the coordinates clearly better than all others, or None."""
        best, second = _by_share(self.fits)[:2]
        if not self.enough or self.slipped:
            return None
        share = self.fits[best].share
        return best if share >= _SHARE and share - max(self.fits[second].share, self.chance) >= _LEAD else None


class Sample:
    """Some vertices of a file, in its own degrees, and all their possible true positions.

    Vertices of lines and outlines lie on the map's; ``points``, such as shops, lie in its areas.
    """

    def __init__(self, lonlat: LonLat, *, points: bool = False) -> None:
        """Take ``lonlat`` (n, 2), longitude first, or a part of it drawn evenly."""
        self._points = points
        draw = np.random.default_rng(0)
        chosen = lonlat if len(lonlat) <= _MOST else lonlat[draw.choice(len(lonlat), _MOST, replace=False)]
        self._plane = LocalPlane(*chosen.mean(axis=0).round(3))
        self._here = self._plane.xy(chosen)
        self._readings = {name: self._plane.xy(convert(chosen)) for name, convert in HYPOTHESES.items()}
        # Controls: as far away as the hypotheses, but in arbitrary directions.
        moves = [self._readings[name] - self._here for name in (GCJ02.name, BD09.name)]
        self._controls = [self._here + turned for move in moves for turned in (_turned(move), -_turned(move))]

    @property
    def boxes(self) -> "np.ndarray[Any, Any]":
        """Return (n, 4) west, south, east, north in degrees, in which all lines lie that may matter."""
        places = np.vstack([*self._readings.values(), *self._controls])
        # Vertices of one object share a box, so that the base is not queried repeatedly for the same things.
        cells = np.unique(np.floor(places / REACH_M), axis=0)
        corners = [self._plane.lonlat((cells + add) * REACH_M) for add in (-1.0, 2.0)]
        return np.hstack(corners)

    def compare(self, shapes: "np.ndarray[Any, Any]") -> Comparison:
        """Compare the hypotheses on the lines and outlines of ``shapes`` (EPSG:4490)."""
        map_shapes = self._plane.to_plane(shapes)
        tree = shapely.STRtree(map_shapes if self._points else _segments(map_shapes))
        readings = {name: _distances(tree, xy) for name, xy in self._readings.items()}
        controls = [_distances(tree, xy) for xy in self._controls]
        # Vertices with nothing nearby in any reading are no evidence.
        near = np.min([*readings.values(), *controls], axis=0) <= REACH_M
        fits = {name: _fit(distances[near]) for name, distances in readings.items()}
        chance = max(_fit(distances[near]).share for distances in controls)
        compared = Comparison(fits, chance, int(near.sum()), self._is_enough(near))
        if compared.verdict is None:
            return compared
        return replace(compared, slipped=_slipped(tree, self._readings[compared.verdict][near]))

    def _is_enough(self, near: "np.ndarray[Any, Any]") -> bool:
        # The corners of one house are hardly more evidence than one of them.
        places = np.unique(np.floor(self._here[near] / REACH_M), axis=0)
        return len(places) >= _FEWEST_PLACES and (not self._points or int(near.sum()) >= _FEWEST_POINTS)


def _by_share(fits: dict[str, Fit]) -> list[str]:
    return sorted(fits, key=lambda name: -fits[name].share)


def _slipped(tree: shapely.STRtree, xy: LonLat) -> bool:
    """Tell whether the vertices fit clearly better at some other offset."""
    some = xy[:: max(1, len(xy) // _SLIP_VERTICES)]
    steps = np.arange(-_SLIP_M[1], _SLIP_M[1] + _SLIP_STEP_M, _SLIP_STEP_M)
    ways = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    far = np.hypot(*ways.T)
    ways = ways[(far >= _SLIP_M[0]) & (far <= _SLIP_M[1])]
    tried = np.vstack([[0.0, 0.0], ways])
    places = shapely.points((some + tried[:, None]).reshape(-1, 2))
    close = np.zeros(len(places), dtype=bool)
    close[tree.query(places, predicate="dwithin", distance=CLOSE_M)[0]] = True
    in_place, *moved = close.reshape(len(tried), -1).mean(axis=1)
    return bool(max(moved) > in_place + _SLIP_LEAD)


def _turned(move: LonLat) -> LonLat:
    """Return offsets rotated by a right angle."""
    return np.column_stack([-move[:, 1], move[:, 0]])


def _fit(distances: "np.ndarray[Any, Any]") -> Fit:
    if not len(distances):
        return Fit(0.0, None)
    median = float(np.median(distances))
    return Fit(float((distances <= CLOSE_M).mean()), median if median <= REACH_M else None)


def _distances(tree: shapely.STRtree, xy: LonLat) -> "np.ndarray[Any, Any]":
    """Return the distance of each place to the nearest segment, infinite beyond REACH_M."""
    distances = np.full(len(xy), np.inf)
    (indexes, _), nearest = tree.query_nearest(
        shapely.points(xy), max_distance=REACH_M, return_distance=True, all_matches=False
    )
    distances[indexes] = nearest
    return distances


def _segments(shapes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return every edge as a separate line, so that the nearest is found quickly even on a long shore."""
    parts = shapely.get_parts(shapes)
    areas = shapely.get_dimensions(parts) == 2
    lines = np.concatenate([parts[~areas], shapely.get_rings(parts[areas])])
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    return np.asarray(shapely.linestrings(np.stack([coordinates[joined], coordinates[joined + 1]], axis=1)))
