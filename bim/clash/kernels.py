"""How far the surface of one mesh reaches into another, or out of it: inner loops, compiled by Numba.

Triangles are (n, 3, 3) float64: corner, then x, y, z, metres, all in one frame.
"""

import heapq
import math
from typing import Any

import numpy as np
from numba import njit

INSIDE, OUTSIDE, EITHER = 1, -1, 0


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
def _halve(t: Any, one: Any, two: Any) -> None:
    """Write the halves of a triangle: its longest side is cut, so that narrow ones become short in few steps."""
    longest, at = -1.0, 0
    for corner in range(3):
        following = (corner + 1) % 3
        x, y, z = (
            t[corner, 0] - t[following, 0],
            t[corner, 1] - t[following, 1],
            t[corner, 2] - t[following, 2],
        )
        if x * x + y * y + z * z > longest:
            longest, at = x * x + y * y + z * z, corner
    one[:], two[:] = t, t
    for axis in range(3):
        middle = (t[at, axis] + t[(at + 1) % 3, axis]) / 2
        one[(at + 1) % 3, axis] = middle
        two[at, axis] = middle


@njit(cache=True, nogil=True)
def _look(t: Any, mesh: Any, boxes: Any, side: int, worth: float) -> Any:
    """Return how far the middle of a triangle is on the side that counts (else below 0), and what no point exceeds."""
    c = np.array([(t[0, k] + t[1, k] + t[2, k]) / 3 for k in range(3)])
    radius = 0.0
    for corner in range(3):
        x, y, z = t[corner, 0] - c[0], t[corner, 1] - c[1], t[corner, 2] - c[2]
        radius = max(radius, math.sqrt(x * x + y * y + z * z))
    away = to_surface(c, mesh, boxes)
    if away + radius <= worth:
        return -1.0, 0.0
    # The middle says most of a small triangle, the corners most of one that lies along the surface.
    bound = min(away + radius, _bound(t, mesh, boxes))
    if bound <= worth:
        return -1.0, 0.0
    if side != 0 and (1 if is_inside(c, mesh) else -1) != side:
        return -away, min(bound, radius - away)
    return away, bound


@njit(cache=True, nogil=True)
def farthest(surface: Any, mesh: Any, boxes: Any, side: int, limits: Any) -> Any:
    """Return how far points of a surface are from that of a mesh on one side of it, and one of the farthest.

    ``limits`` are: what does not count (points no farther than that), what is enough (the first farther point ends the
    search), the resolution, and the most triangles to look at before the first such point and after it. Branch and
    bound, the triangle with the farthest middle first: one whose points can be farther than the best known, or than
    what does not count, by no more than the resolution or a sixteenth is dropped, any other is halved. Returned are
    five numbers: the distance (the first limit where nothing is farther), x, y, z, and 1 if the search was not ended.
    """
    enough, resolution, most = limits[1], limits[2], limits[3]
    found = np.array([limits[0], np.nan, np.nan, np.nan, 0.0])
    waiting = np.empty((max(2 * len(surface), 64), 3, 3))
    waiting[: len(surface)] = surface
    number, looked = len(surface), 0
    queue = [(0.0, 0.0, -1)]
    queue.pop()
    while True:
        while looked < number:
            t = waiting[looked]
            worth = found[0] + max(resolution, found[0] / 16)
            away, bound = _look(t, mesh, boxes, side, worth)
            if away > found[0]:
                found[0] = away
                for axis in range(3):
                    found[1 + axis] = (t[0, axis] + t[1, axis] + t[2, axis]) / 3
                if away > enough:
                    return found
            if bound > worth:
                heapq.heappush(queue, (-away, bound, looked))
            looked += 1
        if len(queue) == 0:
            return found
        _, bound, best = heapq.heappop(queue)
        if bound <= found[0] + max(resolution, found[0] / 16):
            continue
        if number > (most if np.isnan(found[1]) else limits[4]):
            found[4] = 1.0 if np.isnan(found[1]) else 0.0
            return found
        if number + 2 > len(waiting):
            waiting = np.concatenate((waiting, np.empty_like(waiting)))
        _halve(waiting[best], waiting[number], waiting[number + 1])
        number += 2
