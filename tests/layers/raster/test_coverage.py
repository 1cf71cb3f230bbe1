"""Which pixels a polygon takes, against GEOS on each pixel by itself."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.raster.coverage import centres, fractions

HEIGHT, WIDTH = 13, 17
BOXES = shapely.box(
    *(part.ravel() for part in (np.mgrid[0:HEIGHT, 0:WIDTH][::-1])),
    *(part.ravel() + 1 for part in (np.mgrid[0:HEIGHT, 0:WIDTH][::-1])),
)
NUMBERS = st.floats(-4, 20, allow_nan=False).map(lambda x: round(x, 3))


def by_geos(shape: object) -> np.ndarray:
    return shapely.area(shapely.intersection(BOXES, shape)).reshape(HEIGHT, WIDTH)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=9))
def test_shares_are_those_of_each_pixels_intersection(corners: list[tuple[float, float]]) -> None:
    shape = (
        shapely.buffer(shapely.make_valid(shapely.polygons(corners)), 0) if len(set(corners)) > 2 else shapely.Polygon()
    )
    assert fractions(shape, HEIGHT, WIDTH) == pytest.approx(by_geos(shape), abs=1e-9)


def test_holes_and_parts_are_left_out_and_added() -> None:
    ring = shapely.difference(shapely.box(2.25, 1.5, 12.5, 9.75), shapely.box(4.5, 3.5, 8.25, 6.25))
    shape = shapely.union(ring, shapely.Point(14, 10).buffer(1.7))
    assert fractions(shape, HEIGHT, WIDTH) == pytest.approx(by_geos(shape), abs=1e-9)


def test_a_triangle_by_hand() -> None:
    half = fractions(shapely.Polygon([(0, 0), (2, 0), (0, 2)]), 2, 2)
    assert half == pytest.approx(np.array([[1.0, 0.5], [0.5, 0.0]]))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=9))
def test_middles_are_inside_or_outside_as_geos_says(corners: list[tuple[float, float]]) -> None:
    shape = (
        shapely.buffer(shapely.make_valid(shapely.polygons(corners)), 0) if len(set(corners)) > 2 else shapely.Polygon()
    )
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    expected = shapely.contains_xy(shape, right.ravel(), down.ravel()).reshape(HEIGHT, WIDTH)
    on_edge = shapely.intersects_xy(shapely.boundary(shape), right.ravel(), down.ravel()).reshape(HEIGHT, WIDTH)
    near = shapely.distance(shapely.boundary(shape), shapely.points(right.ravel(), down.ravel())).reshape(HEIGHT, WIDTH)
    clear = ~on_edge & ~(near < 1e-9)
    assert (centres(shape, HEIGHT, WIDTH)[clear] == expected[clear]).all()


def test_shapes_that_touch_share_no_pixel_and_leave_none_out() -> None:
    left = shapely.box(0, 0, 8.5, HEIGHT)
    right = shapely.box(8.5, 0, WIDTH, HEIGHT)
    assert (centres(left, HEIGHT, WIDTH) + centres(right, HEIGHT, WIDTH) == 1).all()
