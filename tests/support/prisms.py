"""Upright prisms over polygons with holes, and bodies that are turned, moved and put together."""

import numpy as np
import shapely
import trimesh
from boxes import RED

from bim.model import Body, Mesh


def prism(polygon: shapely.Polygon, height: float) -> Body:
    """Return a prism from 0 up, its faces looking outwards."""
    made = trimesh.creation.extrude_polygon(polygon, height)
    return _body(np.asarray(made.vertices, float), np.asarray(made.faces, np.int32))


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
    return moved(body, trimesh.transformations.rotation_matrix(np.radians(degrees), axis))


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
