"""Meshes of many elements as the few arrays that a graphics card draws at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.model import Mesh
from bim.tileset.section import Plane
from bim.tileset.triangles import Triangles


class Placed(NamedTuple):
    """A mesh, the matrix (3, 4) that takes it to the model, and a colour (linear red, green, blue) in place of its own.

    How much light it lets through is its own, but that it is ``opacity`` at least.
    """

    mesh: Mesh
    matrix: NDArray[np.float64]
    rgb: NDArray[np.float32] | None = None
    opacity: float = 0.0


class _Corners(NamedTuple):
    """The corners of triangles: ``points`` (m, 3, 3) in metres, z up; ``colors`` (m, 4) and ``features`` (m,)."""

    points: NDArray[np.float64]
    colors: NDArray[np.float32]
    features: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> "_Corners":
        """Return some of the triangles."""
        return _Corners(self.points[chosen], self.colors[chosen], self.features[chosen])


def batch(placed: Sequence[Placed], origin: NDArray[np.float64], planes: Sequence[Plane] = ()) -> tuple[Triangles, ...]:
    """Return the triangles of meshes about ``origin`` (3,), those of each colour together; the n-th mesh is feature n.

    What lies beyond ``planes`` of the frame of the model is cut away; solids are open there. The origin is taken off
    before positions become single precision. Opaque ones come first. Colours are materials and
    not attributes of vertices, which deck.gl leaves out.
    """
    corners = _gather([_corners(number, each, origin) for number, each in enumerate(placed)])
    for plane in planes:
        corners = _before(corners, plane.about(origin.tolist()))
    colors, which = np.unique(np.round(corners.colors, 3), axis=0, return_inverse=True)
    groups = []
    for number in np.argsort(-colors[:, 3], kind="stable"):
        chosen = which.reshape(-1) == number
        red, green, blue, opacity = (round(float(part), 3) for part in colors[number])
        groups.append(_triangles(corners.points[chosen], corners.features[chosen], (red, green, blue, opacity)))
    return tuple(groups)


def _corners(number: int, placed: Placed, origin: NDArray[np.float64]) -> _Corners:
    mesh, matrix, rgb, opacity = placed
    points = mesh.vertices @ matrix[:, :3].T + (matrix[:, 3] - origin)
    triangles = mesh.triangles
    if np.linalg.det(matrix[:, :3]) < 0:
        # A mirrored shape is seen from inside.
        triangles = triangles[:, ::-1]
    features = np.full(len(triangles), number)
    colors = mesh.colors[mesh.color_of]
    if rgb is not None:
        clear = np.maximum(colors[:, 3], np.float32(opacity))
        colors = np.column_stack([np.broadcast_to(rgb, (len(colors), 3)), clear])
    return _Corners(points[triangles], colors, features)


def _before(corners: _Corners, plane: Plane) -> _Corners:
    """Return what of triangles lies before a plane: whole ones, and one or two for each that is cut."""
    high = plane.along(corners.points) > 0
    count = high.sum(axis=1)
    kept, cut = corners.take(count == 0), corners.take((count == 1) | (count == 2))
    high = high[(count == 1) | (count == 2)]
    lone = np.where(high.sum(axis=1) == 1, high.argmax(axis=1), (~high).argmax(axis=1))
    order = (lone[:, None] + np.arange(3)) % 3
    one, two, three = (cut.points[np.arange(len(order)), order[:, i]] for i in range(3))
    first, second = _crossing(one, two, plane), _crossing(one, three, plane)
    is_low = ~high[np.arange(len(lone)), lone]
    tips = cut._replace(points=np.stack([one, first, second], axis=1)).take(is_low)
    left = cut._replace(points=np.stack([first, two, three], axis=1)).take(~is_low)
    right = cut._replace(points=np.stack([first, three, second], axis=1)).take(~is_low)
    return _gather([kept, tips, left, right])


def _crossing(one: NDArray[np.float64], two: NDArray[np.float64], plane: Plane) -> NDArray[np.float64]:
    """Return where edges (n, 3) that end on both sides of a plane cross it."""
    here, there = plane.along(one)[:, None], plane.along(two)[:, None]
    return one - here / (there - here) * (two - one)


def _gather(parts: Sequence[_Corners]) -> _Corners:
    return _Corners(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.colors for part in parts]),
        np.concatenate([part.features for part in parts]),
    )


def _triangles(
    points: NDArray[np.float64], elements: NDArray[np.int64], color: tuple[float, float, float, float]
) -> Triangles:
    """Return flat triangles: corners that share place, direction and element are one vertex."""
    flat = points.reshape(-1, 3)
    # From z up to glTF's y up.
    positions = np.column_stack([flat[:, 0], flat[:, 2], -flat[:, 1]]).astype(np.float32)
    normals = np.repeat(_normals(positions.reshape(-1, 3, 3)), 3, axis=0)
    features = np.repeat(elements, 3).astype(np.float32)
    # Added to nothing, a negative zero is one like the others; rows of bytes are sorted faster than rows of numbers.
    keys = np.column_stack([positions, np.round(normals, 3).astype(np.float32), features]) + np.float32(0)
    rows = np.ascontiguousarray(keys).view(f"V{keys.itemsize * keys.shape[1]}").ravel()
    _, first, indices = np.unique(rows, return_index=True, return_inverse=True)
    return Triangles(positions[first], normals[first], features[first], indices.astype(np.uint32), color)


def _normals(triangles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the directions (m, 3) that triangles (m, 3, 3) face; one without area faces up."""
    corners = triangles.astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1)
    normals = np.divide(across, length[:, None], out=np.zeros_like(across), where=length[:, None] > 0)
    normals[length == 0] = (0, 1, 0)
    return np.asarray(normals, np.float32)
