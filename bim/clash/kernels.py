"""How far the surface of one mesh reaches into another, or out of it: inner loops, compiled by Numba.

Triangles are (n, 3, 3) float64: corner, then x, y, z, metres, all in one frame.
"""

import math
from typing import Any

import numpy as np
from numba import njit

INSIDE, OUTSIDE, EITHER = 1, -1, 0
# Triangles that wait to be looked at: four at most for each halving, and a metre is halved to a micrometre in twenty.
_DEEPEST = 40


@njit(cache=True, nogil=True)
def to_triangle(p: Any, t: Any) -> float:
    """Return the distance of a point from a triangle.

    C. Ericson, Real-Time Collision Detection, 2005, 5.1.5: by the region of its plane that the point is over.
    """
    ab0, ab1, ab2 = t[1, 0] - t[0, 0], t[1, 1] - t[0, 1], t[1, 2] - t[0, 2]
    ac0, ac1, ac2 = t[2, 0] - t[0, 0], t[2, 1] - t[0, 1], t[2, 2] - t[0, 2]
    ap0, ap1, ap2 = p[0] - t[0, 0], p[1] - t[0, 1], p[2] - t[0, 2]
    abab, abac = ab0 * ab0 + ab1 * ab1 + ab2 * ab2, ab0 * ac0 + ab1 * ac1 + ab2 * ac2
    acac = ac0 * ac0 + ac1 * ac1 + ac2 * ac2
    d1, d2 = ab0 * ap0 + ab1 * ap1 + ab2 * ap2, ac0 * ap0 + ac1 * ap1 + ac2 * ap2
    d3, d4, d5, d6 = d1 - abab, d2 - abac, d1 - abac, d2 - acac
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    v, w = 0.0, 0.0
    if d1 <= 0 and d2 <= 0:
        pass
    elif d3 >= 0 and d4 <= d3:
        v = 1.0
    elif d6 >= 0 and d5 <= d6:
        w = 1.0
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        v = d1 / abab if abab > 0 else 0.0
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        w = d2 / acac if acac > 0 else 0.0
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        w = (d4 - d3) / ((d4 - d3) + (d5 - d6)) if (d4 - d3) + (d5 - d6) > 0 else 0.0
        v = 1.0 - w
    elif va + vb + vc > 0:
        v, w = vb / (va + vb + vc), vc / (va + vb + vc)
    x, y, z = ap0 - v * ab0 - w * ac0, ap1 - v * ab1 - w * ac1, ap2 - v * ab2 - w * ac2
    return math.sqrt(x * x + y * y + z * z)


@njit(cache=True, nogil=True)
def _to_box(p: Any, box: Any) -> float:
    far = 0.0
    for axis in range(3):
        away = max(box[axis] - p[axis], p[axis] - box[axis + 3], 0.0)
        far += away * away
    return math.sqrt(far)


@njit(cache=True, nogil=True)
def to_surface(p: Any, mesh: Any, boxes: Any) -> float:
    """Return the distance of a point from the nearest triangle; ``boxes`` (n, 6) are theirs."""
    best = np.inf
    for f in range(len(mesh)):
        if _to_box(p, boxes[f]) < best:
            best = min(best, to_triangle(p, mesh[f]))
    return best


@njit(cache=True, nogil=True)
def is_inside(p: Any, mesh: Any) -> bool:
    """Tell whether a mesh winds round a point: the solid angles of its triangles add up to more than half of all.

    A. van Oosterom and J. Strackee, The Solid Angle of a Plane Triangle, 1983. Either way round counts.
    """
    total = 0.0
    for f in range(len(mesh)):
        t = mesh[f]
        a0, a1, a2 = t[0, 0] - p[0], t[0, 1] - p[1], t[0, 2] - p[2]
        b0, b1, b2 = t[1, 0] - p[0], t[1, 1] - p[1], t[1, 2] - p[2]
        c0, c1, c2 = t[2, 0] - p[0], t[2, 1] - p[1], t[2, 2] - p[2]
        la, lb, lc = (
            math.sqrt(a0 * a0 + a1 * a1 + a2 * a2),
            math.sqrt(b0 * b0 + b1 * b1 + b2 * b2),
            math.sqrt(c0 * c0 + c1 * c1 + c2 * c2),
        )
        spat = a0 * (b1 * c2 - b2 * c1) + a1 * (b2 * c0 - b0 * c2) + a2 * (b0 * c1 - b1 * c0)
        ab, bc, ca = a0 * b0 + a1 * b1 + a2 * b2, b0 * c0 + b1 * c1 + b2 * c2, c0 * a0 + c1 * a1 + c2 * a2
        total += math.atan2(spat, la * lb * lc + ab * lc + bc * la + ca * lb)
    # Twice the angles are the solid angle, of which 4 pi is all.
    return abs(total) > math.pi


@njit(cache=True, nogil=True)
def _bound(t: Any, mesh: Any, boxes: Any) -> float:
    """Return what no point of a triangle is farther from the surface than: its corners from the best single triangle.

    The distance from one triangle is convex, so that it is greatest at a corner.
    """
    best = np.inf
    for f in range(len(mesh)):
        farthest = 0.0
        for corner in range(3):
            if farthest < best and _to_box(t[corner], boxes[f]) < best:
                farthest = max(farthest, to_triangle(t[corner], mesh[f]))
            else:
                farthest = np.inf
        best = min(best, farthest)
    return best


@njit(cache=True, nogil=True)
def _quarter(t: Any, stack: Any, top: int) -> None:
    """Put the four quarters of a triangle on a stack."""
    for axis in range(3):
        a, b, c = t[0, axis], t[1, axis], t[2, axis]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        stack[top, 0, axis], stack[top, 1, axis], stack[top, 2, axis] = a, ab, ca
        stack[top + 1, 0, axis], stack[top + 1, 1, axis], stack[top + 1, 2, axis] = ab, b, bc
        stack[top + 2, 0, axis], stack[top + 2, 1, axis], stack[top + 2, 2, axis] = ca, bc, c
        stack[top + 3, 0, axis], stack[top + 3, 1, axis], stack[top + 3, 2, axis] = ab, bc, ca


@njit(cache=True, nogil=True)
def farthest(surface: Any, mesh: Any, boxes: Any, side: int, limits: Any) -> Any:
    """Return how far points of a surface are from that of a mesh on one side of it, and one of the farthest.

    ``limits`` are: what does not count (points no farther than that), what is enough (the first farther point ends the
    search), the resolution, and the most triangles to look at. Branch and bound: a triangle whose points can be farther
    than the best known one, or than what does not count, by no more than the resolution or a 32nd is dropped; any other
    is quartered. Returned are five numbers: the distance (the first limit where nothing is farther), x, y, z, and 1 if
    the search was not ended.
    """
    floor, enough, resolution, most = limits[0], limits[1], limits[2], limits[3]
    found = np.array([floor, np.nan, np.nan, np.nan, 0.0])
    stack = np.empty((4 * _DEEPEST, 3, 3))
    looked = 0.0
    for first in range(len(surface)):
        stack[0] = surface[first]
        top = 1
        while top > 0:
            top -= 1
            t = stack[top].copy()
            looked += 1
            if looked > most:
                found[4] = 1.0
                return found
            c = np.array([(t[0, k] + t[1, k] + t[2, k]) / 3 for k in range(3)])
            radius = 0.0
            for corner in range(3):
                x, y, z = t[corner, 0] - c[0], t[corner, 1] - c[1], t[corner, 2] - c[2]
                radius = max(radius, math.sqrt(x * x + y * y + z * z))
            away = to_surface(c, mesh, boxes)
            worth = found[0] + max(resolution, found[0] / 32)
            # A centre that is near the surface says most of a small triangle, its corners of one along the surface.
            if away + radius <= worth or _bound(t, mesh, boxes) <= worth:
                continue
            reach = radius + away
            if side != 0 and (1 if is_inside(c, mesh) else -1) != side:
                reach = radius - away
            elif away > found[0]:
                found[0], found[1], found[2], found[3] = away, c[0], c[1], c[2]
                if away > enough:
                    return found
            if reach > worth and top + 4 <= len(stack):
                _quarter(t, stack, top)
                top += 4
    return found
