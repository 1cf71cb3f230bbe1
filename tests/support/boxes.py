"""Boxes as meshes, whose volumes and places are known."""

import numpy as np

from bim.model import Body, Mesh

RED, GLASS = (1.0, 0.0, 0.0, 1.0), (0.4, 0.7, 1.0, 0.4)
# Counter-clockwise seen from outside.
FACES = [
    (0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4),
    (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7),
]  # fmt: skip


def box_mesh(size: tuple[float, float, float] = (1.0, 1.0, 1.0), color: tuple[float, ...] = RED) -> Mesh:
    """Return a box from the origin to ``size``, in one colour."""
    x, y, z = size
    plan = [(0.0, 0.0), (x, 0.0), (x, y), (0.0, y)]
    corners = np.array([(*at, height) for height in (0.0, z) for at in plan])
    return Mesh(corners, np.array(FACES, np.int32), np.array([color], np.float32), np.zeros(len(FACES), np.int32))


def box_body(
    size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    at: tuple[float, float, float] = (0.0, 0.0, 0.0),
    color: tuple[float, ...] = RED,
) -> Body:
    """Return such a box with its first corner at ``at``."""
    matrix = np.eye(4)
    matrix[:3, 3] = at
    return Body(box_mesh(size, color), matrix)
