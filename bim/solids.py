"""Measures of meshes: volume, surface and footprint."""

from dataclasses import dataclass, replace
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bim.model import Body, Mesh

Reason = Literal["empty", "open", "inconsistent"]
# Vertices nearer than this count as one, metres: well above what float32 leaves of a building, well below any part.
WELD_M = 1e-5
# Half the width of the footprint of a thing that has none, such as a surface on edge; metres.
THIN_M = 1e-3
# A triangle whose projection is narrower than this covers nothing; square metres.
_LEAST_AREA = 1e-10
# Projected corners are put on this grid, metres, so that neighbours meet exactly.
_GRID_M = 1e-4
# What was found of meshes that are still there: several measures ask for it, of several bodies of one mesh.
_known: "WeakKeyDictionary[Mesh, tuple[NDArray[np.int64], Reason | None]]" = WeakKeyDictionary()


@dataclass(frozen=True)
class Solid:
    """The volume of a mesh, cubic metres, or why it has none.

    A mesh is ``open`` where an edge belongs to one triangle alone, and ``inconsistent`` where neighbours are turned
    against each other, more than two meet in an edge, or its inside is outside.
    """

    volume: float | None
    reason: Reason | None = None


def solid_of(mesh: Mesh) -> Solid:
    """Measure a mesh of one or several closed shells; a hollow is a shell turned inside out."""
    triangles, reason = _shells_of(mesh)
    if reason is not None:
        return Solid(None, reason)
    volume = _signed_volume(mesh.vertices, triangles)
    return Solid(volume) if volume > 0 else Solid(None, "inconsistent")


def facing_out(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the triangles of a mesh turned over where they are closed and enclose less than nothing."""
    welded, reason = _shells(vertices, triangles)
    if reason is not None or _signed_volume(vertices, welded) >= 0:
        return triangles
    return np.ascontiguousarray(triangles[:, ::-1])


def turned_out(mesh: Mesh) -> Mesh:
    """Return a mesh with all triangles turned over where it is closed and encloses less than nothing."""
    welded, reason = _shells_of(mesh)
    if reason is not None or _signed_volume(mesh.vertices, welded) >= 0:
        return mesh
    return replace(mesh, triangles=np.ascontiguousarray(mesh.triangles[:, ::-1]))


def volume(mesh: Mesh) -> float | None:
    """Return the volume of a mesh, cubic metres, or None for one that encloses nothing for sure."""
    return solid_of(mesh).volume


def shells(mesh: Mesh) -> list[NDArray[np.int64]]:
    """Return the triangles (m, 3) of each closed shell of a mesh; all of them where it is not closed or hollow."""
    triangles, reason = _shells_of(mesh)
    whole: list[NDArray[np.int64]] = [mesh.triangles.astype(np.int64)]
    if reason is not None:
        return whole
    number = len(mesh.vertices)
    ends = (triangles.reshape(-1), np.roll(triangles, -1, axis=1).reshape(-1))
    _, shell_of = connected_components(coo_array((np.ones(len(ends[0])), ends), (number, number)), directed=False)
    of = shell_of[triangles[:, 0]]
    parts = [triangles[of == shell] for shell in np.unique(of)]
    return parts if all(_signed_volume(mesh.vertices, part) > 0 for part in parts) else whole


def surface_area(mesh: Mesh) -> float:
    """Return the area of all triangles, square metres."""
    return float(np.linalg.norm(_crossed(mesh.vertices, mesh.triangles), axis=1).sum() / 2)


def footprint(body: Body) -> shapely.Geometry:
    """Return what a body covers of the plane, a valid polygon or several, in the frame of the model, metres.

    It is the union of its triangles seen from above, to a tenth of a millimetre. A thing that covers nothing, a
    surface on edge or a rod, gets the line or point that it stands on, widened by ``THIN_M`` to each side.
    """
    corners = np.round(body.points[:, :2] / _GRID_M)[body.mesh.triangles] * _GRID_M
    if not len(corners):
        return shapely.Polygon()
    covered = shapely.union_all(shapely.polygons(_closed(_covering(body.mesh, corners))))
    polygons = [part for part in shapely.get_parts(covered) if part.geom_type == "Polygon"]
    if not polygons:
        return shapely.convex_hull(shapely.multipoints(corners.reshape(-1, 2))).buffer(THIN_M)
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _shells_of(mesh: Mesh) -> tuple[NDArray[np.int64], Reason | None]:
    """Return the same of a mesh as ``_shells``, found once."""
    found = _known.get(mesh)
    if found is None:
        found = _known[mesh] = _shells(mesh.vertices, mesh.triangles)
    return found


def _shells(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> tuple[NDArray[np.int64], Reason | None]:
    """Return the triangles (m, 3) of welded vertices, and what keeps them from being closed shells."""
    welded, reason = _in_cells(vertices, triangles, 0.0)
    # Two vertices of one place may lie to both sides of the border of a cell; not of that of one half a cell aside too.
    return (welded, reason) if reason is None else _in_cells(vertices, triangles, 0.5)


def _in_cells(
    vertices: NDArray[np.float64], triangles: NDArray[np.int32], shift: float
) -> tuple[NDArray[np.int64], Reason | None]:
    """Return triangles by the first vertex in each cell, without those that have shrunk to a line, and their fault."""
    if not len(triangles):
        return np.empty((0, 3), np.int64), "empty"
    cells = np.floor(vertices / WELD_M + shift).astype(np.int64)
    _, first, place = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    welded: NDArray[np.int64] = first[place.reshape(-1)][triangles].astype(np.int64)
    a, b, c = welded.T
    welded = welded[(a != b) & (b != c) & (c != a)]
    return welded, _fault(welded) if len(welded) else "empty"


def _fault(triangles: NDArray[np.int64]) -> Reason | None:
    """Return what keeps triangles from being closed shells: each edge is to be walked as often one way as the other."""
    tails = triangles.reshape(-1)
    heads = np.roll(triangles, -1, axis=1).reshape(-1)
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    _, edge, uses = np.unique(low * (triangles.max() + 1) + high, return_inverse=True, return_counts=True)
    balance = np.bincount(edge.reshape(-1), weights=np.where(tails < heads, 1.0, -1.0))
    if (uses == 1).any():
        return "open"
    # Two shells that touch along an edge use it twice each.
    return "inconsistent" if balance.any() else None


def _signed_volume(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> float:
    # From the middle, as digits are lost far from the origin.
    moved = vertices - vertices.mean(axis=0)
    return float(np.einsum("ij,ij->", moved[triangles[:, 0]], _crossed(moved, triangles, from_origin=True)) / 6)


def _crossed(
    vertices: NDArray[np.float64], triangles: NDArray[np.integer], from_origin: bool = False
) -> NDArray[np.float64]:
    """Return the cross product of two edges of each triangle, or of its second and third corner."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    return np.cross(b, c) if from_origin else np.cross(b - a, c - a)


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return twice the signed areas of plane triangles (m, 3, 2)."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]


def _covering(mesh: Mesh, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the triangles whose union is that of all; of closed shells those facing up cover what the others do."""
    areas = _areas(corners)
    closed = _shells_of(mesh)[1] is None
    return corners[(areas if closed else np.abs(areas)) > _LEAST_AREA]


def _closed(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([corners, corners[:, :1]], axis=1)
