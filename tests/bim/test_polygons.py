"""Polygons in space become triangles of the same area, whose edges are all of theirs."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bim.polygons import Polygons, Triangulation, triangulate

Points = NDArray[np.float64]


def polygons(*shapes: list[Points]) -> Polygons:
    """Return polygons of lists of rings (n, 3)."""
    rings = [ring for shape in shapes for ring in shape]
    return Polygons(
        np.vstack(rings).astype(float),
        np.arange(sum(map(len, rings))),
        np.concatenate([[0], np.cumsum([len(ring) for ring in rings])]),
        np.concatenate([[0], np.cumsum([len(shape) for shape in shapes])]),
    )


def normals(points: Points, made: Triangulation) -> Points:
    """Return the normal (m, 3) of each triangle, as long as twice its area."""
    a, b, c = (points[made.triangles[:, corner]] for corner in range(3))
    crossed: Points = np.cross(b - a, c - a)
    return crossed


def edges_of(source: Polygons) -> Counter[tuple[int, int]]:
    """Return the directed edges of all rings."""
    edges: Counter[tuple[int, int]] = Counter()
    for begin, end in pairwise(source.rings.tolist()):
        ring = source.corners[begin:end].tolist()
        edges.update(zip(ring, ring[1:] + ring[:1], strict=True))
    return edges


def border_of(triangles: NDArray[np.int32]) -> Counter[tuple[int, int]]:
    """Return the directed edges of triangles that no neighbour walks the other way."""
    edges: Counter[tuple[int, int]] = Counter()
    for triangle in triangles.tolist():
        edges.update(pairwise([*triangle, triangle[0]]))
    inner = Counter({edge: min(number, edges[edge[::-1]]) for edge, number in edges.items()})
    return edges - inner


def turned(axis: tuple[float, float, float], angle: float) -> Points:
    """Return the rotation (3, 3) about an axis, by the formula of Rodrigues."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation: Points = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation


def star(radii: list[float]) -> Points:
    """Return a ring about the origin (n, 3), counter-clockwise, that sees its middle from everywhere."""
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles), np.zeros(len(radii))])


def area(ring: Points) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


AXES = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda axis: np.linalg.norm(axis) > 0.1)


@given(
    st.lists(st.floats(2, 50), min_size=3, max_size=20),
    st.lists(st.floats(0.1, 0.9), min_size=3, max_size=12),
    st.booleans(),
    AXES,
    st.floats(0, 6.3),
)
def test_triangles_have_the_area_of_the_polygon_however_it_lies(outer, inner, with_hole, axis, angle):
    # A hole within the radius at which the outer ring is nearest.
    whole = star(outer)
    nearest = min(outer) * np.cos(np.pi / max(len(outer), 3))
    hole = star([share * nearest * 0.5 for share in inner])[::-1]
    shape = [whole, hole] if with_hole else [whole]
    rotation = turned(axis, angle)
    source = polygons([ring @ rotation.T + [7.0, -3.0, 12.0] for ring in shape])
    made = triangulate(source)
    crossed = normals(source.points, made)
    expected = area(whole) - (area(hole) if with_hole else 0.0)
    assert made.faults == ()
    assert np.linalg.norm(crossed, axis=1).sum() / 2 == pytest.approx(expected, rel=1e-9)
    assert (crossed @ rotation[:, 2] > -1e-9).all(), "a triangle faces the other way"
    assert border_of(made.triangles) == edges_of(source)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=4), AXES, st.floats(0, 6.3))
def test_corners_on_straight_edges_are_kept_so_that_neighbours_meet(between, axis, angle):
    corners = np.array([[0, 0, 0], [8, 0, 0], [8, 5, 0], [0, 5, 0]], float)
    ring = [
        corners[side] + (corners[(side + 1) % 4] - corners[side]) * step / (count + 1)
        for side, count in enumerate(between)
        for step in range(count + 1)
    ]
    source = polygons([np.array(ring) @ turned(axis, angle).T])
    made = triangulate(source)
    assert border_of(made.triangles) == edges_of(source)
    assert np.linalg.norm(normals(source.points, made), axis=1).sum() / 2 == pytest.approx(40.0)


SQUARE = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]], float)


def rules(*shapes: list[Points]) -> list[str]:
    return [fault.rule for fault in triangulate(polygons(*shapes)).faults]


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        ([SQUARE[:2]], "ring.too_short"),
        ([SQUARE[[0, 1, 2, 3, 0]]], "ring.repeated"),
        ([SQUARE[[0, 0, 0]]], "ring.too_short"),
        ([np.array([[0, 0, 0], [4, 4, 0], [4, 0, 0], [0, 5, 0]], float)], "ring.crossing"),
        ([np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2]], float)], "polygon.degenerate"),
        ([SQUARE, SQUARE[::-1] / 4 + [9, 0, 0]], "polygon.hole"),
        ([SQUARE, SQUARE[::-1] / 2 + [3, 1, 0]], "polygon.hole"),
        ([SQUARE, SQUARE[::-1] / 2 + [1, 1, 0], SQUARE[::-1] / 4 + [1.5, 1.5, 0]], "polygon.hole"),
    ],
)
def test_what_is_wrong_with_a_polygon_is_said_once(shape, rule):
    assert rules([SQUARE], shape, [SQUARE]) == [rule]
    assert triangulate(polygons([SQUARE], shape)).faults[0].polygon == 1


def test_a_bent_polygon_says_by_how_much_and_keeps_its_corners():
    bent = SQUARE + np.outer([0.1, -0.1, 0.1, -0.1], [0, 0, 1])
    made = triangulate(polygons([bent]))
    assert [(fault.rule, pytest.approx(fault.value, rel=1e-6)) for fault in made.faults] == [("polygon.nonplanar", 0.1)]
    assert sorted(np.unique(made.triangles)) == [0, 1, 2, 3]
    assert rules([SQUARE + np.outer([0.004, 0, 0.004, 0], [0, 0, 1])]) == []


def test_a_hole_of_two_corners_is_left_out_and_the_polygon_kept():
    source = polygons([SQUARE, SQUARE[:2] / 4 + [1, 1, 0]])
    made = triangulate(source)
    assert [(fault.rule, fault.ring) for fault in made.faults] == [("ring.too_short", 1)]
    assert np.linalg.norm(normals(source.points, made), axis=1).sum() / 2 == pytest.approx(16.0)


def test_polygons_that_have_no_ring_keep_the_numbers_of_the_others():
    source = Polygons(SQUARE, np.arange(4), np.array([0, 4]), np.array([0, 0, 1]))
    made = triangulate(source)
    assert [(fault.rule, fault.polygon) for fault in made.faults] == [("ring.missing", 0)]
    assert set(made.polygon_of) == {1}


def test_no_polygons_are_no_triangles():
    empty = np.empty(0, np.int64)
    made = triangulate(Polygons(np.empty((0, 3)), empty, np.array([0]), np.array([0])))
    assert made.triangles.shape == (0, 3)
    assert made.faults == ()
