"""Whether two bodies clash, how, how deep and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.clash.broad import reach_in
from bim.clash.kernels import EITHER, INSIDE, OUTSIDE, farthest
from bim.clash.solid import Piece, Solid
from layers.errors import ParameterError

Kind = Literal["identical", "contains", "intersects"]
Points = NDArray[np.float64]
# What encloses nothing is the same only where it lies in the same place, metres.
_SAME_M = 1e-3
# What is kept in single precision is nowhere nearer to where it was, metres.
_EXACT_M = 1e-5


@dataclass(frozen=True)
class Tolerance:
    """Up to which depth in metres bodies may reach into each other; depths are found to an eighth of it.

    ``effort`` is how many triangles are held against each other for one question before it is left open.
    """

    metres: float = 0.01
    effort: int = 100_000_000

    def __post_init__(self) -> None:
        """Refuse what shapes are not exact to, and what is larger than their parts."""
        if not 0.001 <= self.metres <= 1.0:
            raise ParameterError("tolerance", f"{self.metres:g} m is not between 0.001 and 1 m")

    def limits(self, floor: float, enough: float, mesh: Piece) -> Points:
        """Return the limits of a search for points farther than ``floor`` from a mesh."""
        return np.array([floor, enough, min(floor, self.metres) / 8, max(self.effort / len(mesh.triangles), 1_000)])


@dataclass(frozen=True)
class Clash:
    """Two bodies in each other.

    They are ``identical`` within the tolerance; or one ``contains`` the other, and ``inner`` tells which (0 or 1) is
    inside; or each sticks out of the other. ``depth_m`` is how far the surface of one is inside the other at
    ``point``, where it is farthest, and the thickness there of identical ones. ``box`` is what both boxes share.
    ``undecided`` where the search was not ended, and nothing deeper than the tolerance found.
    """

    kind: Kind
    depth_m: float
    point: tuple[float, float, float]
    box: tuple[float, ...]
    inner: int | None = None
    undecided: bool = False


class _Depth(NamedTuple):
    metres: float
    point: Points
    is_open: bool


def clash_of(first: Solid, second: Solid, tolerance: Tolerance) -> Clash | None:
    """Return the clash of two bodies, or None where they only touch, or reach into each other by the tolerance."""
    depth: _Depth | None = None
    for one, two in _pairs(first, second, tolerance):
        found = _depth(one, two, tolerance)
        if found is not None and (depth is None or found.metres > depth.metres):
            depth = found
    if depth is None:
        return None
    if depth.is_open:
        return _clash("intersects", depth, first, second)
    sticks = [_sticks_out(one.whole, two.whole, tolerance) for one, two in ((first, second), (second, first))]
    if not any(sticks):
        return _clash("identical", depth, first, second)
    if all(sticks):
        return _clash("intersects", depth, first, second)
    return _clash("contains", depth, first, second, inner=sticks.index(False))


def _clash(kind: Kind, depth: _Depth, first: Solid, second: Solid, inner: int | None = None) -> Clash:
    one, two = first.whole.box, second.whole.box
    box = (*np.maximum(one[:3], two[:3]).tolist(), *np.minimum(one[3:], two[3:]).tolist())
    x, y, z = depth.point.tolist()
    return Clash(kind, depth.metres, (x, y, z), box, inner, depth.is_open)


def _pairs(first: Solid, second: Solid, tolerance: Tolerance) -> Iterator[tuple[Piece, Piece]]:
    for one in first.pieces:
        for two in second.pieces:
            if reach_in(one.box[None], two.box[None], tolerance.metres)[0]:
                yield one, two


def _depth(one: Piece, two: Piece, tolerance: Tolerance) -> _Depth | None:
    """Return how deep one is in the other: by its surface inside the other, or as the same thing."""
    if np.abs(one.box - two.box).max() <= tolerance.metres and _is_same(one, two, tolerance):
        return _thickness(one)
    found = [_reach(one, two, tolerance), _reach(two, one, tolerance)]
    best = max(found, key=lambda each: each.metres)
    is_open = any(each.is_open for each in found)
    is_deep = best.metres > tolerance.metres + _EXACT_M
    return best._replace(is_open=is_open and not is_deep) if is_deep or is_open else None


def _reach(one: Piece, two: Piece, tolerance: Tolerance) -> _Depth:
    """Return how far the surface of one is inside the other; the tolerance where it is no farther."""
    inside = np.concatenate([two.box[:3] + tolerance.metres, two.box[3:] - tolerance.metres])
    limits = tolerance.limits(tolerance.metres + _EXACT_M, np.inf, two)
    metres, *point, is_open = farthest(one.near(inside), two.triangles, two.boxes, INSIDE, limits)
    place = np.array(point) if np.isfinite(point[0]) else (inside[:3] + inside[3:]) / 2
    return _Depth(float(metres), place, bool(is_open))


def _is_same(one: Piece, two: Piece, tolerance: Tolerance) -> bool:
    """Tell whether two surfaces are nowhere farther apart than the tolerance, and what they enclose is the same."""
    middle = one.within
    if middle is not None and not two.has(middle):
        return False
    limit = _SAME_M if middle is None else tolerance.metres
    return not (_leaves(one, two, EITHER, limit, tolerance) or _leaves(two, one, EITHER, limit, tolerance))


def _thickness(one: Piece) -> _Depth:
    if one.within is None:
        return _Depth(0.0, one.triangles[0].mean(axis=0), is_open=False)
    return _Depth(2 * one.away(one.within), one.within, is_open=False)


def _sticks_out(one: Piece, two: Piece, tolerance: Tolerance) -> bool:
    return _leaves(one, two, OUTSIDE, tolerance.metres, tolerance)


def _leaves(one: Piece, two: Piece, side: int, limit: float, tolerance: Tolerance) -> bool:
    """Tell whether any point of one is farther than a limit from the surface of the other, on a side of it."""
    limits = tolerance.limits(limit, limit, two)
    metres, *_, is_open = farthest(one.triangles, two.triangles, two.boxes, side, limits)
    return bool(metres > limit or is_open)
