"""Which element a line of sight meets first, found on the server: a tile in the viewer knows only that it was hit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from bim.georeference import Placement
from bim.packing import unpack
from bim.tileset.arrangement import Arrangement
from bim.tileset.section import Plane, all_cut_away
from bim.tileset.statement import ELEMENTS, View, groups, members_statement, read_meshes

Vector = NDArray[np.float64]
# Meshes are read in order of the distance at which their boxes are entered, so many at a time.
_AT_ONCE = 64


class Ray(NamedTuple):
    """A line of sight from ``start`` (3,) towards ``end`` (3,), in metres of the frame of a model."""

    start: Vector
    end: Vector

    @classmethod
    def on_the_map(cls, placement: Placement, start: Sequence[float], end: Sequence[float]) -> "Ray":
        """Return the line between two places (longitude, latitude, height in metres) in the frame of a model."""
        places = placement.model(np.array([start, end], dtype=float))
        return cls(places[0], places[1])

    def lowered(self, metres: float) -> "Ray":
        """Return the line so much lower."""
        down = np.array([0.0, 0.0, metres])
        return Ray(self.start - down, self.end - down)


@dataclass(frozen=True)
class Hit:
    """The element that is met first: its row, the share of the way to it, and the point (x, y, z) of the model."""

    member: Any
    share: float
    point: tuple[float, float, float]

    def json(self, placement: Placement) -> dict[str, Any]:
        """Return it as JSON, with the place on the map where the line ends."""
        ((lon, lat, height),) = placement.geodetic(np.array([self.point]))
        return {
            "id": self.member["source_key"],
            "fid": self.member["fid"],
            "share": self.share,
            "position": [float(lon), float(lat), float(height)],
        }


@dataclass(frozen=True)
class PickOptions:
    """What of a model there is to be met: its rooms too, one storey alone, and how it is opened."""

    spaces: bool = False
    storey: str | None = None
    arrangement: Arrangement = field(default_factory=Arrangement)


def pick(connection: Connection, view: View, model: str, ray: Ray, options: PickOptions) -> Hit | None:
    """Return the first element of a model on a line, or None; a storey that is lifted is met where it is drawn."""
    opened = options.arrangement
    lifts = opened.lifts(groups(connection, view, model)) if opened.apart_m else {}
    statement = members_statement(view, model, options.storey, None if options.spaces else ELEMENTS)
    candidates = connection.execute(statement).mappings().all()
    if not candidates:
        return None
    lifted = np.array([lifts.get(member["storey"], 0.0) for member in candidates])
    boxes = np.array([member["box"] for member in candidates], dtype=float)
    gone = np.array([all_cut_away(opened.planes, box) for box in boxes.tolist()])
    boxes[:, [2, 5]] += lifted[:, None]
    entered = np.where(gone, np.inf, _entered(ray, boxes))
    order = [int(i) for i in np.argsort(entered) if np.isfinite(entered[i])]
    best: Hit | None = None
    for first in range(0, len(order), _AT_ONCE):
        chunk = order[first : first + _AT_ONCE]
        if best is not None and entered[chunk[0]] > best.share:
            break
        best = _nearest(connection, ray, [(candidates[i], lifted[i]) for i in chunk], best, opened.planes)
    return best


def _nearest(
    connection: Connection,
    ray: Ray,
    members: Sequence[tuple[Any, float]],
    best: Hit | None,
    planes: Sequence[Plane],
) -> Hit | None:
    contents = read_meshes(connection, (member["mesh"] for member, _ in members))
    meshes = {key: unpack(content) for key, content in contents.items()}
    for member, lift in members:
        matrix = np.reshape(member["matrix"], (3, 4))
        mesh = meshes[member["mesh"]]
        points = mesh.vertices @ matrix[:, :3].T + matrix[:, 3]
        lowered = ray.lowered(lift)
        share = first_hit(lowered, points[mesh.triangles], planes)
        if share is not None and (best is None or share < best.share):
            x, y, z = lowered.start + share * (lowered.end - lowered.start)
            best = Hit(member, share, (float(x), float(y), float(z)))
    return best


def _entered(ray: Ray, boxes: Vector) -> Vector:
    """Return the share of the way at which each box (n, 6) is entered, infinite for those that are missed."""
    way = ray.end - ray.start
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (boxes[:, :3] - ray.start) / way, (boxes[:, 3:] - ray.start) / way
    # A ray along a side of a box: 0 / 0 is no limit.
    near = np.nanmax(np.fmin(first, second), axis=1)
    far = np.nanmin(np.fmax(first, second), axis=1)
    hit = (near <= far + 1e-12) & (far >= 0)
    return np.where(hit, np.maximum(near, 0.0), np.inf)


def first_hit(ray: Ray, triangles: Vector, planes: Sequence[Plane] = ()) -> float | None:
    """Return the share of the way at which a ray meets triangles (m, 3, 3) first, from either side, or None.

    What lies beyond ``planes`` is not there.
    T. Möller and B. Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997.
    """
    way = ray.end - ray.start
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    across = np.cross(way, two)
    determinant = np.einsum("ij,ij->i", one, across)
    # Triangles along the line are met at their edges, by their neighbours.
    slanted = np.abs(determinant) > 0
    one, two, across, first = one[slanted], two[slanted], across[slanted], triangles[slanted, 0]
    inverse = 1.0 / determinant[slanted]
    away = ray.start - first
    u = np.einsum("ij,ij->i", away, across) * inverse
    turned = np.cross(away, one)
    v = (turned @ way) * inverse
    share = np.einsum("ij,ij->i", two, turned) * inverse
    inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (share >= 0) & (share <= 1)
    met = ray.start + share[:, None] * way
    for plane in planes:
        inside &= plane.along(met) <= 0
    return float(share[inside].min()) if inside.any() else None
