"""Footprints raised to closed solids: many polygons at once, with walls that face outwards."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.space import east_north_up, to_geocentric

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Frame:
    """East, north and up at a place on the ellipsoid, metres; they are the columns of ``axes`` (3, 3), geocentric."""

    origin: Floats
    axes: Floats

    @classmethod
    def at(cls, lon: float, lat: float) -> "Frame":
        """Return the frame at longitude and latitude (degrees), height 0."""
        return cls(to_geocentric(np.array([[lon, lat, 0.0]]))[0], east_north_up(lon, lat))

    def upright(self) -> Floats:
        """Return the (4, 4) matrix from this frame to geocentric x, y, z, both with y up as glTF has it."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.axes, self.origin
        y_up = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
        turned: Floats = y_up @ matrix @ y_up.T
        return turned


class Solids(NamedTuple):
    """Vertices and triangles: ``points`` and ``normals`` (n, 3), z up, of ``feature`` (n,); ``triangles`` (m, 3)."""

    points: Floats
    normals: Floats
    feature: Ints
    triangles: Ints


class _Rings(NamedTuple):
    """Corners of rings, the closing ones left out, outer rings anticlockwise and holes clockwise.

    ``lonlat`` (n, 2); ``feature`` (n,); ``ring_ends`` (r,) where each ring ends; ``polygon_ends`` (p,) the number of
    rings up to the end of each polygon.
    """

    lonlat: Floats
    feature: Ints
    ring_ends: Ints
    polygon_ends: Ints


def extrude(outlines: "NDArray[Any]", base: Floats, top: Floats, frame: Frame) -> Solids:
    """Raise (multi)polygons (k,), EPSG:4490, from ``base`` to ``top`` (k,), metres; the n-th is feature n.

    Corners stand upright on the ellipsoid, so that two frames agree about them. A corner on a straight line that the
    roof has no use for is left out of the walls too: every solid is closed.
    """
    rings = _rings(outlines)
    floor, up = _on_the_ground(rings.lonlat, frame)
    roof = _roofs(floor[:, :2], rings)
    start, end = _edges(rings, _used(len(floor), roof))
    low = floor + up * base[rings.feature, None]
    high = floor + up * top[rings.feature, None]
    walls = np.stack([low[start], low[end], high[end], high[start]], axis=1).reshape(-1, 3)
    along = floor[end] - floor[start]
    outwards = _unit(np.column_stack([along[:, 1], -along[:, 0], np.zeros(len(along))]))
    upwards = np.broadcast_to([0.0, 0.0, 1.0], low.shape)
    count = len(floor)
    first = 2 * count + 4 * np.arange(len(start))
    sides = np.column_stack([first, first + 1, first + 2, first, first + 2, first + 3]).reshape(-1, 3)
    return Solids(
        np.concatenate([high, low, walls]),
        np.concatenate([upwards, -upwards, np.repeat(outwards, 4, axis=0)]),
        np.concatenate([rings.feature, rings.feature, np.repeat(rings.feature[start], 4)]),
        np.concatenate([roof, roof[:, ::-1] + count, sides]),
    )


def _rings(outlines: "NDArray[Any]") -> _Rings:
    polygons, owner = shapely.get_parts(shapely.orient_polygons(outlines), return_index=True)
    filled = ~shapely.is_empty(polygons)
    polygons, owner = polygons[filled], owner[filled]
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    lonlat, ring = shapely.get_coordinates(rings, return_index=True)
    is_closing = np.append(ring[1:] != ring[:-1], True) if len(ring) else np.empty(0, bool)
    lonlat, ring = lonlat[~is_closing], ring[~is_closing]
    ring_ends = np.cumsum(np.bincount(ring, minlength=len(rings)))
    polygon_ends = np.cumsum(np.bincount(polygon, minlength=len(polygons)))
    return _Rings(lonlat, owner[polygon[ring]] if len(ring) else ring, ring_ends, polygon_ends)


def _on_the_ground(lonlat: Floats, frame: Frame) -> tuple[Floats, Floats]:
    """Return places at height 0 in a frame (n, 3), and the direction that is upright at each."""
    lon, lat = np.radians(lonlat).T
    places = to_geocentric(np.column_stack([lonlat, np.zeros(len(lonlat))]))
    up = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return (places - frame.origin) @ frame.axes, up @ frame.axes


def _roofs(plane: Floats, rings: _Rings) -> Ints:
    """Return triangles (m, 3) of all polygons, by the numbers of their corners."""
    ends = rings.ring_ends.astype(np.uint32)
    first_rings = np.concatenate([[0], rings.polygon_ends[:-1]]).astype(np.int64)[: len(rings.polygon_ends)]
    firsts = np.concatenate([[0], rings.ring_ends]).astype(np.int64)[first_rings]
    quads = _convex_quads(plane, rings, first_rings, firsts)
    start = firsts[quads]
    found = [np.column_stack([start, start + 1, start + 2, start, start + 2, start + 3]).reshape(-1)]
    others = ~quads
    plane = np.ascontiguousarray(plane)
    bounds = zip(*(part[others].tolist() for part in (first_rings, rings.polygon_ends, firsts)), strict=True)
    for first_ring, last_ring, first in bounds:
        own_ends = ends[first_ring:last_ring] - np.uint32(first)
        own = mapbox_earcut.triangulate_float64(plane[first : first + int(own_ends[-1])], own_ends)
        found.append(own.astype(np.int64) + first)
    return np.concatenate(found).reshape(-1, 3)


def _convex_quads(plane: Floats, rings: _Rings, first_rings: Ints, firsts: Ints) -> NDArray[np.bool_]:
    """Tell which polygons have four corners, each a turn to the left: most buildings, and two triangles halve them."""
    is_quad: NDArray[np.bool_] = (rings.polygon_ends - first_rings == 1) & (rings.ring_ends[first_rings] - firsts == 4)
    numbers = np.flatnonzero(is_quad)
    corners = plane[firsts[numbers][:, None] + np.arange(4)]
    along = np.roll(corners, -1, axis=1) - corners
    then = np.roll(along, -1, axis=1)
    turns = along[..., 0] * then[..., 1] - along[..., 1] * then[..., 0]
    is_quad[numbers] = (turns > 0).all(axis=1)
    return is_quad


def _used(count: int, triangles: Ints) -> NDArray[np.bool_]:
    used = np.zeros(count, bool)
    used[triangles.reshape(-1)] = True
    return used


def _edges(rings: _Rings, used: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return where the walls begin and end: corners of each ring and the next ones in it, among those in use."""
    corners = np.flatnonzero(used)
    ring = np.searchsorted(rings.ring_ends, corners, side="right")
    following = np.roll(corners, -1)
    is_first = np.append(True, ring[1:] != ring[:-1]) if len(ring) else np.empty(0, bool)
    is_last = np.roll(is_first, -1)
    following[is_last] = corners[is_first]
    return corners, following


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit
