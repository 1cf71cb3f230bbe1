"""Upright prisms over polygons with holes, and flat surfaces, as meshes."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.model import Mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Color = tuple[float, float, float, float]


class _Plan(NamedTuple):
    """Corners (n, 2) of a polygon, its triangles (m, 3), and its edges (e, 2) with the inside to their left."""

    corners: Floats
    triangles: Ints
    edges: Ints


def prism(figure: Any, low: float, high: float, color: Color) -> Mesh:
    """Return a closed solid over a (multi)polygon in metres, from ``low`` to ``high``, its faces looking outwards."""
    points, triangles = [], []
    start = 0
    for polygon in shapely.get_parts(figure):
        plan = _plan(polygon)
        count = len(plan.corners)
        here, there = plan.edges.T
        walls = [
            np.column_stack([here, there, there + count]),
            np.column_stack([here, there + count, here + count]),
        ]
        faces = np.concatenate([plan.triangles[:, ::-1], plan.triangles + count, *walls])
        points += [np.column_stack([plan.corners, np.full(count, height)]) for height in (low, high)]
        triangles.append(faces + start)
        start += 2 * count
    return _mesh(points, triangles, color)


def surface(figure: Any, height: float, color: Color) -> Mesh:
    """Return a (multi)polygon in metres as a surface that looks up."""
    points, triangles = [], []
    start = 0
    for polygon in shapely.get_parts(figure):
        plan = _plan(polygon)
        points.append(np.column_stack([plan.corners, np.full(len(plan.corners), height)]))
        triangles.append(plan.triangles + start)
        start += len(plan.corners)
    return _mesh(points, triangles, color)


def _plan(polygon: Any) -> _Plan:
    """Return the triangles of a polygon, counter-clockwise seen from above, which use every one of its corners.

    Ears that are cut off a polygon with holes may lie against a corner of another triangle, and leave the roof open;
    triangles of a constrained Delaunay triangulation meet corner to corner.
    """
    turned = shapely.orient_polygons(polygon)
    rings = [shapely.get_coordinates(ring)[:-1] for ring in (turned.exterior, *turned.interiors)]
    ends = np.cumsum([len(ring) for ring in rings])
    corners, numbers = np.unique(np.concatenate(rings), axis=0, return_inverse=True)
    found = shapely.get_parts(shapely.constrained_delaunay_triangles(turned))
    places = shapely.get_coordinates(found).reshape(-1, 4, 2)[:, :3]
    keys = {tuple(corner): number for number, corner in enumerate(corners.tolist())}
    triangles = np.array([[keys[tuple(place)] for place in triangle] for triangle in places.tolist()], np.int64)
    one, two, three = (corners[triangles[:, corner]] for corner in range(3))
    first, second = two - one, three - one
    clockwise = first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]
    triangles[clockwise] = triangles[clockwise, ::-1]
    here = numbers.reshape(-1)
    there = np.concatenate([np.roll(part, -1) for part in np.split(here, ends[:-1])])
    return _Plan(corners, triangles.astype(np.int32), np.column_stack([here, there]).astype(np.int32))


def _mesh(points: list[Floats], triangles: list[Ints], color: Color) -> Mesh:
    faces = np.concatenate(triangles).astype(np.int32)
    return Mesh(np.concatenate(points), faces, np.array([color], np.float32), np.zeros(len(faces), np.int32))
