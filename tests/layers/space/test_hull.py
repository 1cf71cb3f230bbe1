"""The hull of many shapes is the hull of all of them at once."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.space.hull import GrowingHull

NUMBERS = st.floats(-180, 180, allow_nan=False).map(lambda number: round(number, 3))
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=60)


def hull_of(shapes: "np.ndarray[tuple[int], np.dtype[np.object_]]", step: int) -> GrowingHull:
    hull = GrowingHull()
    for begin in range(0, len(shapes), step):
        hull.add(shapes[begin : begin + step])
    return hull


@given(points=POINTS, step=st.integers(1, 20))
def test_points_in_any_portions(points, step):
    shapes = shapely.points(np.array(points))
    expected = shapely.convex_hull(shapely.multipoints(shapes))
    assert shapely.equals(hull_of(shapes, step).shape, expected)


def test_areas_that_lie_inside_change_nothing_and_those_across_the_edge_do():
    numbers = np.random.default_rng(7)
    shapes = shapely.buffer(shapely.points(numbers.normal(size=(3_000, 2))), numbers.random(3_000) / 5, quad_segs=3)
    expected = shapely.convex_hull(shapely.geometrycollections(shapes))
    for step in (1, 10, 1_000):
        assert shapely.equals(hull_of(shapes, step).shape, expected)


def test_nothing_has_no_hull():
    assert GrowingHull().wkb() is None
    hull = hull_of(shapely.points(np.array([[121.5, 31.2]])), 1)
    assert shapely.from_wkb(hull.wkb()) == shapely.Point(121.5, 31.2)
