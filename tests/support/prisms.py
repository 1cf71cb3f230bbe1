"""Upright prisms over polygons with holes, and bodies that are turned, moved and put together."""

import mapbox_earcut
import numpy as np
import shapely
from boxes import RED
from scipy.spatial.transform import Rotation

from bim.model import Body, Mesh


def prism(polygon: shapely.Polygon, height: float) -> Body:
    """Return a prism from 0 up, its faces looking outwards."""
    whole = shapely.orient_polygons(polygon)
    rings = [shapely.get_coordinates(ring)[:-1] for ring in (whole.exterior, *whole.interiors)]
    plan, ends = np.concatenate(rings), np.cumsum([len(ring) for ring in rings])
    floor = mapbox_earcut.triangulate_float64(plan, ends.astype(np.uint32)).reshape(-1, 3).astype(np.int32)
    one, two, three = (plan[floor[:, corner]] for corner in range(3))
    first, second = two - one, three - one
    clockwise = first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]
    floor[clockwise] = floor[clockwise, ::-1]
    count = len(plan)
    low = np.arange(count)
    following = np.concatenate(
        [np.roll(np.arange(end - len(ring), end), -1) for ring, end in zip(rings, ends, strict=True)]
    )
    walls = [
        np.column_stack([low, following, following + count]),
        np.column_stack([low, following + count, low + count]),
    ]
    points = np.concatenate([np.column_stack([plan, np.full(count, z)]) for z in (0.0, height)])
    return _body(points, np.concatenate([floor[:, ::-1], floor + count, *walls]).astype(np.int32))


def wall_with_opening(opening: tuple[float, float, float, float]) -> Body:
    """Return a wall of 4 × 0.2 × 3 m along x with an opening from x0, z0 to x1, z1 right through."""
    x0, z0, x1, z1 = opening
    upright = prism(shapely.box(0, 0, 4, 3) - shapely.box(x0, z0, x1, z1), 0.2)
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    turn[1, 3] = 0.2
    return moved(upright, turn)


def moved(body: Body, matrix: np.ndarray) -> Body:
    """Return a body moved by a matrix (4, 4)."""
    return Body(body.mesh, matrix @ body.matrix)


def turned(body: Body, degrees: float, axis: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Body:
    """Return a body turned about an axis through the origin."""
    matrix = np.eye(4)
    direction = np.asarray(axis, float) / np.linalg.norm(axis)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * direction).as_matrix()
    return moved(body, matrix)


def together(*bodies: Body, hollow: bool = False) -> Body:
    """Return several bodies as one; with ``hollow`` all but the first are voids."""
    points, triangles, start = [], [], 0
    for number, body in enumerate(bodies):
        faces = body.mesh.triangles[:, ::-1] if hollow and number else body.mesh.triangles
        points.append(body.points)
        triangles.append(faces + start)
        start += len(body.points)
    return _body(np.concatenate(points), np.concatenate(triangles).astype(np.int32))


def _body(points: np.ndarray, triangles: np.ndarray) -> Body:
    colors = np.array([RED], np.float32)
    return Body(Mesh(points, triangles, colors, np.zeros(len(triangles), np.int32)), np.eye(4))
