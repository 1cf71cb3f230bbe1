"""Footprints of many bodies of one mesh: found once, they are those that each has by itself."""

from math import cos, radians, sin
from typing import Any

import numpy as np
import pytest
import shapely

from bim.ingest import load
from bim.ingest.spool import Spool
from bim.model import Body, Mesh
from bim.solids import footprint


def sheet(steps: int = 9) -> Mesh:
    """Return an open sheet of 162 triangles, 3 × 2 m, bent, away from its origin, with a corner cut off."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(5, 8, steps + 1), np.linspace(-4, -2, steps + 1)))
    vertices = np.column_stack([x, y, np.sin(x * 3) * 0.2])
    first = np.array([row * (steps + 1) + column for row in range(steps) for column in range(steps)])
    right, up, across = first + 1, first + steps + 1, first + steps + 2
    triangles = np.concatenate([np.column_stack([first, right, across]), np.column_stack([first, across, up])])
    kept = triangles[1:].astype(np.int32)
    return Mesh(vertices, kept, np.ones((1, 4), np.float32), np.zeros(len(kept), np.int32))


def placed(mesh: Mesh, turn: float, mirrored: bool = False, tilt: float = 0.0) -> Body:
    a, t = radians(turn), radians(tilt)
    upright = np.array([[cos(a), -sin(a), 0], [sin(a), cos(a), 0], [0, 0, 1.0]])
    matrix = np.eye(4)
    matrix[:3, :3] = upright @ np.array([[1, 0, 0], [0, cos(t), -sin(t)], [0, sin(t), cos(t)]])
    if mirrored:
        matrix[:3, 0] *= -1
    matrix[:3, 3] = (100.0 + turn, 50.0, 3.0)
    return Body(mesh, matrix)


@pytest.mark.parametrize("tilt", [0.0, 30.0])
def test_turned_mirrored_and_tilted_bodies_of_one_mesh_have_their_own_footprints(tilt: float) -> None:
    mesh, plans, spool = sheet(), dict[str, Any](), Spool()
    for body in (placed(mesh, turn, mirrored, tilt) for turn in (0.0, 33.0, 180.0) for mirrored in (False, True)):
        found = load._outline(body, spool.add(body), plans)
        expected = footprint(body)
        assert found.is_valid
        assert shapely.hausdorff_distance(found, expected) < 3e-4
        assert shapely.area(found) == pytest.approx(shapely.area(expected), rel=1e-3)
    assert len(plans) == (0 if tilt else 1), "one mesh that stands upright is projected once"
    spool.close()
