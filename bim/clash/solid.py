"""Bodies made ready to be compared: triangles in one frame, apart by closed shell, with their boxes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bim.clash.kernels import is_inside, to_surface
from bim.model import Body
from bim.solids import shells

Points = NDArray[np.float64]
# The sides from which a point within is looked for.
_SIDES = 12


@dataclass(frozen=True, eq=False)
class Piece:
    """Triangles (n, 3, 3) of one shell or several, metres."""

    triangles: Points

    @cached_property
    def boxes(self) -> Points:
        """Return the box (n, 6) of each triangle: least and greatest x, y, z."""
        return np.concatenate([self.triangles.min(axis=1), self.triangles.max(axis=1)], axis=1)

    @cached_property
    def box(self) -> Points:
        """Return the box (6,) of all of them."""
        return np.concatenate([self.boxes[:, :3].min(axis=0), self.boxes[:, 3:].max(axis=0)])

    @cached_property
    def within(self) -> Points | None:
        """Return a point well inside, halfway through from a large side, or None where nothing is enclosed."""
        found = [point for point in self._halfway() if is_inside(point, self.triangles)]
        return max(found, key=self.away) if found else None

    def away(self, point: Points) -> float:
        """Return the distance of a point from the surface."""
        return float(to_surface(point, self.triangles, self.boxes))

    def has(self, point: Points) -> bool:
        """Tell whether a point is inside."""
        return bool(is_inside(point, self.triangles))

    def near(self, box: Points) -> Points:
        """Return the triangles that reach into a box."""
        return self.triangles[((self.boxes[:, :3] <= box[3:]) & (self.boxes[:, 3:] >= box[:3])).all(axis=1)]

    def _halfway(self) -> list[Points]:
        across = np.cross(self.triangles[:, 1] - self.triangles[:, 0], self.triangles[:, 2] - self.triangles[:, 0])
        area = np.linalg.norm(across, axis=1)
        largest = [int(i) for i in np.argsort(-area)[:_SIDES] if area[i] > 0]
        points = []
        for way, start in (
            (way * across[i] / area[i], self.triangles[i].mean(axis=0)) for i in largest for way in (-1, 1)
        ):
            far = _through(start, way, self.triangles)
            if far is not None:
                points.append(start + way * far / 2)
        return points


class Solid:
    """A body in the common frame: the whole, and its shells apart."""

    def __init__(self, whole: Piece, pieces: tuple[Piece, ...]) -> None:
        """Keep both; a body of one shell is its only piece."""
        self.whole = whole
        self.pieces = pieces

    @classmethod
    def of(cls, body: Body) -> "Solid":
        """Make a body ready; its matrix leads to the common frame."""
        points = body.points
        pieces = tuple(Piece(np.ascontiguousarray(points[shell])) for shell in shells(body.mesh))
        whole = pieces[0] if len(pieces) == 1 else Piece(np.concatenate([piece.triangles for piece in pieces]))
        return cls(whole, pieces)


def _through(start: Points, way: Points, triangles: Points) -> float | None:
    """Return how far a ray goes from a side of a mesh to the next one, or None."""
    one, two, away = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0], start - triangles[:, 0]
    across = np.cross(way, two)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / np.einsum("ij,ij->i", one, across)
        u = np.einsum("ij,ij->i", away, across) * inverse
        turned = np.cross(away, one)
        v, far = (turned @ way) * inverse, np.einsum("ij,ij->i", two, turned) * inverse
        met = far[(u >= 0) & (v >= 0) & (u + v <= 1) & (far > 1e-6)]
    return float(met.min()) if len(met) else None
