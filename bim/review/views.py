"""What can be seen from where: lines of sight 通视, viewsheds 视廓, landmarks, and skylines 天际线.

Lines of sight are straight, in a frame that knows the curvature of the earth; refraction of light is left out (it lifts
what is 5 km away by 0.3 m).
"""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.review.facades import SamplePoints
from bim.review.scene import Floats, Ints, Names, Scene, to_map
from layers.errors import InputError

Bools = NDArray[np.bool_]
# What a line meets that the curvature of the earth is in the way of.
GROUND = "ground"
_EARTH_M = 6_371_000.0
# A line that ends on a face is not stopped by it, metres.
_AT_FACE_M = 0.02
# Pairs of eyes and points are looked at so many at a time.
_AT_ONCE = 1 << 20


class Sight(NamedTuple):
    """Lines of sight (n,): whether each is free, else whose it meets, and where (n, 3), in the frame."""

    free: Bools
    blocked_by: Names
    at: Floats


class Skyline(NamedTuple):
    """The highest that is seen in each direction (n,): azimuth and elevation, degrees, how far it is, and whose it is.

    Where nothing is higher than the eye, elevation is 0, the distance infinite, and it is nobody's.
    """

    azimuth_deg: Floats
    elevation_deg: Floats
    distance_m: Floats
    owners: Names


class _Crossings(NamedTuple):
    """Where edges cross the upright half-planes of directions: ``direction`` (c,), point (c,) from the eye, whose."""

    direction: Ints
    distance: Floats
    height: Floats
    triangle: Ints


def sight(scene: Scene, starts: Floats, ends: Floats) -> Sight:
    """Return whether ``ends`` (n, 3) can be seen from ``starts`` (n, 3), metres in the frame of a scene.

    A line that dips into the flat ground, as one of 10 km between eyes does, meets ``ground``.
    """
    way = ends - starts
    length = np.linalg.norm(way, axis=1)
    met = scene.rays.first(starts, way)
    share = np.where(met.triangle < 0, 1.0, met.distance)
    built = (met.triangle >= 0) & (share * length < length - _AT_FACE_M)
    share = np.where(built, share, 1.0)
    sunk = _sunk(scene, starts, ends)
    earth = sunk < share
    owners = np.full(len(starts), "", np.promote_types(scene.owners.dtype, f"<U{len(GROUND)}"))
    owners[built] = scene.owners[met.triangle[built]]
    owners[earth] = GROUND
    return Sight(~built & ~earth, owners, starts + way * np.minimum(share, sunk)[:, None])


def _sunk(scene: Scene, starts: Floats, ends: Floats) -> Floats:
    """Return at which share (n,) of their way lines dip into the ground, infinite for those that do not.

    Over a way d, a line is h(x) = h₀ + (h₁ - h₀) x / d - x (d - x) / 2R high at x, R being the radius of the earth.
    """
    first, last = (scene.geodetic(places)[:, 2] for places in (starts, ends))
    way = np.linalg.norm((ends - starts)[:, :2], axis=1)
    bulge = way**2 / (2 * _EARTH_M)
    # In shares s of the way: bulge · s² + (h₁ - h₀ - bulge) s + h₀; a line may graze the ground by as much as a face.
    half, low = (last - first - bulge) / 2, first + _AT_FACE_M
    under = half**2 - bulge * low
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (-half - np.sqrt(under)) / bulge
    return np.where((under > 0) & (share > 0) & (share < 1) & (bulge > 0), share, np.inf)


def viewshed(scene: Scene, eye: Floats, points: Floats) -> Bools:
    """Tell which points (n, 3) can be seen from an eye (3,)."""
    return sight(scene, np.broadcast_to(eye, points.shape), points).free


def cells_polygon(scene: Scene, points: Floats, spacing_m: float) -> Any:
    """Return the cells around points of a grid (n, 3) as one (multi)polygon in EPSG:4490."""
    # Neighbours share their corners to the last bit: corners are counted from the same one.
    if not len(points):
        return shapely.MultiPolygon()
    first = points[:, :2].min(axis=0) - spacing_m / 2
    cell = np.round((points[:, :2] - first) / spacing_m - 0.5)
    (west, south), (east, north) = (first + cell * spacing_m).T, (first + (cell + 1) * spacing_m).T
    return to_map(shapely.coverage_union_all(shapely.box(west, south, east, north)), scene.frame)


def landmark_shares(scene: Scene, eyes: Floats, landmark: SamplePoints) -> Floats:
    """Return the share (n,) of points of a landmark that is seen from eyes (n, 3), of those that look their way.

    It is 0 where none of them does, as from within.
    """
    seen, facing = np.zeros(len(eyes)), np.zeros(len(eyes))
    at_once = max(1, _AT_ONCE // max(1, len(landmark)))
    for first in range(0, len(eyes), at_once):
        part = eyes[first : first + at_once]
        towards = part[:, None, :] - landmark.points
        eye, point = np.nonzero(np.einsum("ijk,jk->ij", towards, landmark.normals) > 0)
        free = sight(scene, part[eye], landmark.points[point]).free
        facing[first : first + len(part)] = np.bincount(eye, minlength=len(part))
        seen[first : first + len(part)] = np.bincount(eye, free, minlength=len(part))
    return np.divide(seen, facing, out=np.zeros(len(eyes)), where=facing > 0)


def skyline(scene: Scene, eye: Floats, step_deg: float) -> Skyline:
    """Return the skyline around an eye (3,), at directions ``step_deg`` apart from true north, clockwise.

    It is exact: the highest point of a triangle in an upright half-plane lies on one of its edges. Raises InputError
    for an eye that has something overhead.
    """
    overhead = scene.rays.first(eye[None], np.array([[0.0, 0.0, 1.0]])).triangle[0]
    if overhead >= 0:
        raise InputError(f"the place lies in or under {scene.owners[overhead]}; a skyline is seen under the open sky")
    count = round(360.0 / step_deg)
    azimuth = np.arange(count) * 360.0 / count
    found = _crossings(scene, eye, count)
    slope = found.height / found.distance
    order = np.lexsort((slope, found.direction))
    last = np.append(found.direction[order][1:] != found.direction[order][:-1], True)[: len(order)]
    top = order[last]
    elevation, distance = np.zeros(count), np.full(count, np.inf)
    owners = np.full(count, "", scene.owners.dtype if len(scene.owners) else np.dtype("<U1"))
    at = found.direction[top]
    elevation[at] = np.degrees(np.arctan(slope[top]))
    distance[at], owners[at] = found.distance[top], scene.owners[found.triangle[top]]
    return Skyline(azimuth, elevation, distance, owners)


def _crossings(scene: Scene, eye: Floats, count: int) -> _Crossings:
    corners = scene.vertices[scene.triangles] - eye
    high = np.flatnonzero(corners[:, :, 2].max(axis=1) > 0) if len(corners) else np.empty(0, np.int64)
    start = corners[high][:, [0, 1, 2]].reshape(-1, 3)
    end = corners[high][:, [1, 2, 0]].reshape(-1, 3)
    triangle = np.repeat(high, 3)
    from_deg, to_deg = (np.degrees(np.arctan2(side[:, 0], side[:, 1])) for side in (start, end))
    turn = (to_deg - from_deg + 180.0) % 360.0 - 180.0
    step = 360.0 / count
    first = np.ceil(np.minimum(from_deg, from_deg + turn) / step - 1e-12).astype(np.int64)
    last = np.floor(np.maximum(from_deg, from_deg + turn) / step + 1e-12).astype(np.int64)
    number = np.maximum(last - first + 1, 0)
    edge = np.repeat(np.arange(len(start)), number)
    direction = np.arange(len(edge)) - np.repeat(np.cumsum(number) - number, number) + first[edge]
    return _met(start[edge], end[edge], direction % count, triangle[edge], step)


def _met(start: Floats, end: Floats, direction: Ints, triangle: Ints, step: float) -> _Crossings:
    """Return where edges cross the half-planes of directions, those before the eye and above its level."""
    azimuth = np.radians(direction * step)
    along = np.column_stack([np.sin(azimuth), np.cos(azimuth)])
    aside = [along[:, 0] * side[:, 1] - along[:, 1] * side[:, 0] for side in (start, end)]
    across = aside[0] - aside[1]
    # An edge within the half-plane has its highest point at one of its ends, which other edges have too.
    share = np.clip(np.divide(aside[0], across, out=np.zeros_like(across), where=across != 0), 0.0, 1.0)
    point = start + (end - start) * share[:, None]
    distance = np.einsum("ij,ij->i", point[:, :2], along)
    kept = (distance > 1e-6) & (point[:, 2] > 0)
    return _Crossings(direction[kept], distance[kept], point[kept, 2], triangle[kept])
