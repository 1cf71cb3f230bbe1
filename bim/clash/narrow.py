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
# Once two bodies are known to clash, so many triangles are looked at to learn how deep.
_PATIENCE = 1_000
_ENOUGH = 10_000
# What is kept in single precision is nowhere nearer to where it was, metres.
_EXACT_M = 1e-5


@dataclass(frozen=True)
class Tolerance:
    """Up to which depth in metres bodies may reach into each other; what is a quarter deeper is found for sure.

    ``effort`` is how many triangles are held against each other for one question before it is left open.
    """

    metres: float = 0.01
    effort: int = 30_000_000

    def __post_init__(self) -> None:
        """Refuse what shapes are not exact to, and what is larger than their parts."""
        if not 0.001 <= self.metres <= 1.0:
            raise ParameterError("tolerance", f"{self.metres:g} m is not between 0.001 and 1 m")

    def limits(self, floor: float, enough: float, mesh: Piece) -> Points:
        """Return the limits of a search for points farther than ``floor`` from a mesh."""
        most = max(self.effort / len(mesh.triangles), 1_000)
        return np.array([floor, enough, min(floor, self.metres) / 4, most, min(most, _PATIENCE)])


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
    is_same: bool = False


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
    if depth.is_same and len(first.pieces) == len(second.pieces) == 1:
        return _clash("identical", depth, first, second)
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
    floor = tolerance.metres + _EXACT_M
    first = _reach(one, two, tolerance, floor)
    second = _reach(two, one, tolerance, max(floor, first.metres))
    if not first.is_open and first.metres > floor:
        # That they clash is settled, and how deep at least.
        return second if not second.is_open and second.metres > first.metres else first
    if second.metres > floor and not second.is_open:
        return second
    if _is_same(one, two, tolerance):
        return _thickness(one)
    return next((each for each in (first, second) if each.is_open), None)


def _reach(one: Piece, two: Piece, tolerance: Tolerance, floor: float) -> _Depth:
    """Return how far the surface of one is inside the other; the floor where it is no farther."""
    inside = np.concatenate([two.box[:3] + floor, two.box[3:] - floor])
    nothing = _Depth(floor, (two.box[:3] + two.box[3:]) / 2, is_open=False)
    surface = one.near(inside)
    if (inside[:3] >= inside[3:]).any() or not len(surface):
        # It is too thin for anything to be so deep in it.
        return nothing
    limits = tolerance.limits(floor, np.inf, two)
    if floor > tolerance.metres + _EXACT_M:
        limits[3] = limits[4]
    metres, *point, is_open = farthest(surface, two.triangles, two.boxes, INSIDE, limits)
    return (
        _Depth(float(metres), np.array(point), bool(is_open))
        if metres > floor
        else nothing._replace(is_open=bool(is_open))
    )


def _is_same(one: Piece, two: Piece, tolerance: Tolerance) -> bool:
    """Tell whether two surfaces are as near as boxes whose sides differ by the tolerance, and what they enclose."""
    far = tolerance.metres * 3**0.5
    if np.abs(one.box - two.box).max() > far:
        return False
    middle = one.within
    if middle is not None and not two.has(middle):
        return False
    limit = _SAME_M if middle is None else far
    return not (_leaves(one, two, EITHER, limit, tolerance) or _leaves(two, one, EITHER, limit, tolerance))


def _thickness(one: Piece) -> _Depth:
    if one.within is None:
        return _Depth(0.0, one.triangles[0].mean(axis=0), is_open=False, is_same=True)
    return _Depth(2 * one.away(one.within), one.within, is_open=False, is_same=True)


def _sticks_out(one: Piece, two: Piece, tolerance: Tolerance) -> bool:
    box, room = one.box, two.box
    if (box[:3] < room[:3] - tolerance.metres).any() or (box[3:] > room[3:] + tolerance.metres).any():
        return True
    return _leaves(one, two, OUTSIDE, tolerance.metres, tolerance)


def _leaves(one: Piece, two: Piece, side: int, limit: float, tolerance: Tolerance) -> bool:
    """Tell whether any point of one is farther than a limit from the surface of the other, on a side of it."""
    limits = tolerance.limits(limit, limit, two)
    # The most promising come first: where thousands of them do not leave, the rest is taken not to.
    limits[3] = min(limits[3], len(one.triangles) + _ENOUGH)
    metres, *_ = farthest(one.triangles, two.triangles, two.boxes, side, limits)
    return bool(metres > limit)
