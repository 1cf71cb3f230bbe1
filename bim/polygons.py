"""Polygons in space, with holes, as triangles; and what is wrong with them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray

Rule = Literal[
    "ring.missing", "ring.repeated", "ring.too_short", "ring.crossing", "polygon.degenerate", "polygon.nonplanar",
    "polygon.hole", "polygon.disconnected", "polygon.untriangulated",
]  # fmt: skip
Ints = NDArray[np.int64]
Points = NDArray[np.float64]

# Corners further from the plane of their polygon make it bent, metres; the tolerance that val3dity takes.
PLANE_M = 0.01
# A polygon of less is a line, square metres.
_LEAST_AREA = 1e-9
# The share of a polygon that its triangles may lack or have too much.
_SAME_AREA = 1e-6


@dataclass(frozen=True, eq=False)
class Polygons:
    """Polygons in space.

    ``points`` (n, 3) float64, metres; ``corners`` (c,) which point each corner is; ``rings`` (r + 1,) where each ring
    begins among the corners, and where the last one ends; ``polygons`` (p + 1,) likewise where each polygon begins
    among the rings. The outer ring is first, counter-clockwise seen from outside; the others are holes. No ring
    repeats its first corner at its end.
    """

    points: Points
    corners: Ints
    rings: Ints
    polygons: Ints


class Fault(NamedTuple):
    """What is wrong with one polygon, counted from 0, or one ring of it.

    ``value`` is how far it is bent in metres, how many corners are repeated, or the area in m² that has no triangles.
    """

    rule: Rule
    polygon: int
    ring: int | None = None
    value: float = 0.0


@dataclass(frozen=True, eq=False)
class Triangulation:
    """Triangles (m, 3) of points, facing as their polygons do; ``polygon_of`` (m,) is of which polygon each is."""

    triangles: NDArray[np.int32]
    polygon_of: Ints
    faults: tuple[Fault, ...]


@dataclass(frozen=True, eq=False)
class _Clean:
    """Polygons of rings that have three corners or more, no two alike in a row.

    ``ring_of`` (c,) and ``polygon_of`` (r,) lead from corners to rings and to polygons, ``outer`` (p,) are the outer
    rings, ``number`` (p,) what each polygon was in the source. ``following`` (c,) is the next corner of the ring.
    """

    places: Points
    corners: Ints
    ring_of: Ints
    polygon_of: Ints
    outer: Ints
    number: Ints
    starts: Ints
    following: Ints


@dataclass(frozen=True, eq=False)
class _Flat:
    """Where the corners lie in the plane (c, 2), counter-clockwise, and twice the area of each polygon's outer ring."""

    xy: Points
    areas: Points
    bent_m: Points


def triangulate(source: Polygons) -> Triangulation:
    """Return the triangles of polygons, each in its own plane, and what is wrong with them; none is left out unsaid.

    A bent polygon gets triangles of its corners, so that it still meets its neighbours. So does one without an area.
    """
    clean, faults = _cleaned(source)
    if not len(clean.outer):
        return Triangulation(np.empty((0, 3), np.int32), np.empty(0, np.int64), tuple(faults))
    flat = _flattened(clean)
    figures = shapely.polygons(shapely.linearrings(flat.xy, indices=clean.ring_of), indices=clean.polygon_of)
    flawed = _flaws(flat, figures)
    parts = [_triangles(clean, flat, number) for number in range(len(clean.outer))]
    polygon_of = np.repeat(np.arange(len(parts)), list(map(len, parts)))
    triangles, lost = _faced(flat, figures, np.concatenate(parts), polygon_of)
    lacking = [fault for fault in lost if fault.polygon not in flawed]
    faults += [
        fault._replace(polygon=int(clean.number[fault.polygon])) for fault in (*flawed.values(), *_bent(flat), *lacking)
    ]
    return Triangulation(clean.corners[triangles].astype(np.int32), clean.number[polygon_of], tuple(faults))


def _next_in_ring(starts: Ints, count: int) -> Ints:
    """Return the corner (c,) that follows each in its ring; ``starts`` (r + 1,)."""
    following = np.arange(1, count + 1)
    some = np.diff(starts) > 0
    following[starts[1:][some] - 1] = starts[:-1][some]
    return following


def _cleaned(source: Polygons) -> tuple[_Clean, list[Fault]]:
    lengths = np.diff(source.rings)
    ring_of = np.repeat(np.arange(len(lengths)), lengths)
    polygon_of = np.repeat(np.arange(len(source.polygons) - 1), np.diff(source.polygons))
    places = source.points[source.corners]
    repeated = (places == places[_next_in_ring(source.rings, len(places))]).all(axis=1)
    left = np.bincount(ring_of[~repeated], minlength=len(lengths))
    faults = _ring_faults(source, polygon_of, lengths, left)
    good = left >= 3
    # Without its outer ring a polygon has no holes either.
    good &= good[source.polygons[:-1][polygon_of]]
    kept = ~repeated & good[ring_of]
    starts = np.concatenate([[0], np.cumsum(left[good])])
    number, outer, polygon = np.unique(polygon_of[good], return_index=True, return_inverse=True)
    new_ring = np.repeat(np.arange(len(starts) - 1), left[good])
    following = _next_in_ring(starts, int(kept.sum()))
    clean = _Clean(places[kept], source.corners[kept], new_ring, polygon, outer, number, starts, following)
    return clean, faults


def _ring_faults(source: Polygons, polygon_of: Ints, lengths: Ints, left: Ints) -> list[Fault]:
    first = source.polygons[polygon_of]
    faults = [Fault("ring.missing", int(number)) for number in np.flatnonzero(np.diff(source.polygons) == 0)]
    for ring in np.flatnonzero((left < lengths) | (left < 3)):
        polygon, number = int(polygon_of[ring]), int(ring - first[ring])
        short = left[ring] < 3
        faults.append(
            Fault("ring.too_short" if short else "ring.repeated", polygon, number, float(lengths[ring] - left[ring]))
        )
    return faults


def _flattened(clean: _Clean) -> _Flat:
    """Return polygons in the plane of two axes, the ones that shrink them least.

    Leaving out one coordinate keeps the others as they stand in the source: what lies in a line stays in one.
    """
    from_first = clean.places - clean.places[clean.starts[:-1]][clean.ring_of]
    crossed = np.cross(from_first, from_first[clean.following])
    normals = np.add.reduceat(crossed, clean.starts[:-1])[clean.outer]
    areas = np.linalg.norm(normals, axis=1)
    axis = np.abs(normals).argmax(axis=1)
    turned = np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] < 0
    columns = np.stack([(axis + 1 + turned) % 3, (axis + 2 - turned) % 3], axis=1)
    polygon = clean.polygon_of[clean.ring_of]
    xy = np.take_along_axis(clean.places, columns[polygon], axis=1)
    return _Flat(np.ascontiguousarray(xy), areas, _bends(clean, polygon))


def _bends(clean: _Clean, polygon: Ints) -> Points:
    """Return how far the furthest corner of each polygon is from the plane that fits all its corners best.

    That plane, of least squares, is the one that val3dity measures from.
    """
    begins = clean.starts[clean.outer]
    counts = np.diff([*begins, len(clean.places)])
    middles = np.add.reduceat(clean.places, begins) / counts[:, None]
    off = clean.places - middles[polygon]
    spread = np.add.reduceat(off[:, :, None] * off[:, None, :], begins)
    facing = np.linalg.eigh(spread)[1][:, :, 0]
    bends: Points = np.maximum.reduceat(np.abs(np.einsum("ij,ij->i", off, facing[polygon])), begins)
    return bends


def _bent(flat: _Flat) -> list[Fault]:
    return [
        Fault("polygon.nonplanar", int(number), None, float(flat.bent_m[number]))
        for number in np.flatnonzero(flat.bent_m > PLANE_M)
    ]


def _flaws(flat: _Flat, figures: "NDArray[Any]") -> dict[int, Fault]:
    """Return what keeps polygons from being plane figures, by their number."""
    flawed = {
        int(number): Fault("polygon.degenerate", int(number), None, float(flat.areas[number] / 2))
        for number in np.flatnonzero(flat.areas < 2 * _LEAST_AREA)
    }
    for number in map(int, np.flatnonzero(~shapely.is_valid(figures))):
        if number not in flawed:
            flawed[number] = Fault(_rule(figures[number]), number)
    return flawed


def _rule(figure: shapely.Polygon) -> Rule:
    if not shapely.is_valid(shapely.polygons(shapely.get_exterior_ring(figure))):
        return "ring.crossing"
    reason = str(shapely.is_valid_reason(figure))
    if reason.startswith("Interior is disconnected"):
        return "polygon.disconnected"
    return "ring.crossing" if reason.startswith("Ring Self") else "polygon.hole"


def _triangles(clean: _Clean, flat: _Flat, number: int) -> Ints:
    """Return the triangles (m, 3) of one polygon, by corner, all wound alike."""
    first = clean.outer[number]
    last = clean.outer[number + 1] if number + 1 < len(clean.outer) else len(clean.starts) - 1
    begin, end = int(clean.starts[first]), int(clean.starts[last])
    if end - begin == 3:
        return np.array([[begin, begin + 1, begin + 2]])
    if flat.areas[number] < 2 * _LEAST_AREA:
        return _fan(begin, int(clean.starts[first + 1]))
    found: Ints = _earcut(flat.xy[begin:end] - flat.xy[begin], clean.starts[first : last + 1] - begin) + begin
    return found


def _faced(flat: _Flat, figures: "NDArray[Any]", triangles: Ints, polygon_of: Ints) -> tuple[Ints, list[Fault]]:
    """Return triangles wound as their polygons are, and which polygons lack some or have too many.

    All of a polygon are wound alike, and are turned together: one of no width has no sign of its own to go by.
    """
    sums = np.bincount(polygon_of, _areas(flat.xy, triangles), minlength=len(figures))
    turned = (sums < 0)[polygon_of]
    triangles[turned] = triangles[turned][:, ::-1]
    whole = shapely.area(figures)
    share = np.divide(np.abs(np.abs(sums) - whole), whole, out=np.zeros_like(whole), where=whole > 0)
    odd = np.flatnonzero(share > _SAME_AREA)
    return triangles, [
        Fault("polygon.untriangulated", int(number), None, float(share[number] * flat.areas[number] / 2))
        for number in odd
    ]


def _fan(begin: int, end: int) -> Ints:
    middle = np.arange(begin + 1, end - 1)
    return np.column_stack([np.full_like(middle, begin), middle, middle + 1])


def _earcut(xy: Points, rings: Ints) -> Ints:
    """Return triangles (m, 3) of a polygon in the plane, all wound alike; ``rings`` (r + 1,) begin at 0."""
    found = mapbox_earcut.triangulate_float64(xy, rings[1:].astype(np.uint32)).astype(np.int64).reshape(-1, 3)
    return found if len(set(found.ravel().tolist())) == len(xy) else _with_all_corners(found, rings)


def _with_all_corners(triangles: Ints, rings: Ints) -> Ints:
    """Return triangles that have every corner: earcut leaves out some on a straight edge, where neighbours have one."""
    used = set(triangles.ravel().tolist())
    shapes = [tuple(triangle) for triangle in triangles.tolist()]
    for begin, end in pairwise(rings.tolist()):
        present = [corner for corner in range(begin, end) if corner in used]
        for one, other in zip(present, present[1:] + present[:1], strict=True):
            between = list(range(one + 1, other)) if other > one else [*range(one + 1, end), *range(begin, other)]
            if between:
                shapes = _split(shapes, (one, *between, other))
    return np.array(shapes, np.int64).reshape(-1, 3)


def _split(triangles: list[tuple[int, ...]], line: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return triangles of which the one with the edge from the first to the last of a line has all of the line."""
    ends = {line[0], line[-1]}
    for number, triangle in enumerate(triangles):
        if len(ends) == 2 and len(set(triangle)) == 3 and ends <= set(triangle):
            (tip,) = set(triangle) - ends
            follows = triangle[(triangle.index(line[0]) + 1) % 3] == line[-1]
            parts = [(one, other, tip) if follows else (other, one, tip) for one, other in pairwise(line)]
            return triangles[:number] + parts + triangles[number + 1 :]
    return triangles


def _areas(xy: Points, triangles: Ints) -> Points:
    """Return the signed areas (m,) of triangles in the plane."""
    a, b, c = (xy[triangles[:, corner]] for corner in range(3))
    areas: Points = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    return areas
