"""Lengths and areas on the ellipsoid, against closed forms and another formula."""

from math import atanh, pi, sqrt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Polygon

from layers.errors import InputError
from layers.space import area_m2, line

A, F = 6378137.0, 1 / 298.257222101
SQUARE = [(121.50, 31.23), (121.51, 31.23), (121.51, 31.24), (121.50, 31.24)]
places = st.tuples(st.floats(-179, 179), st.floats(-84, 84))


def test_a_degree_of_the_equator_is_that_share_of_its_circle() -> None:
    assert line([(10.0, 0.0), (11.0, 0.0)]).length_m == pytest.approx(2 * pi * A / 360, abs=1e-6)


def test_a_quarter_of_the_meridian_is_the_quadrant_of_the_ellipsoid() -> None:
    third = F / (2 - F)
    series = 1 + third**2 / 4 + third**4 / 64
    quadrant = pi / 2 * A / (1 + third) * series
    assert line([(0.0, 0.0), (0.0, 90.0)]).length_m == pytest.approx(quadrant, abs=1e-3)


def test_the_octant_of_the_earth_is_an_eighth_of_its_surface() -> None:
    eccentricity = sqrt(F * (2 - F))
    surface = 2 * pi * A**2 * (1 + (1 - eccentricity**2) / eccentricity * atanh(eccentricity))
    assert area_m2([(0.0, 0.0), (90.0, 0.0), (0.0, 90.0)]) == pytest.approx(surface / 8, rel=1e-9)


def test_a_small_area_is_that_of_an_equal_area_projection() -> None:
    to_plane = Transformer.from_crs("EPSG:4490", "+proj=laea +lat_0=31.235 +lon_0=121.505 +ellps=GRS80", always_xy=True)
    plane = Polygon([to_plane.transform(*place) for place in SQUARE]).area
    assert area_m2(SQUARE) == pytest.approx(plane, rel=1e-6)


@example([(0.0, 0.0), (-4.748762140229752e-15, 10.0)])
@given(st.lists(places, min_size=2, max_size=8))
def test_a_line_is_as_long_backwards(spots: list[tuple[float, float]]) -> None:
    assert line(spots).length_m == pytest.approx(line(spots[::-1]).length_m, abs=1e-3)
    assert all(0 <= azimuth < 360 for azimuth in line(spots).azimuths_deg)


def test_the_way_round_does_not_matter_to_an_area() -> None:
    assert area_m2(SQUARE) == area_m2(SQUARE[::-1]) == pytest.approx(area_m2([*SQUARE, SQUARE[0]]))


def test_an_outline_that_crosses_itself_has_no_area() -> None:
    with pytest.raises(InputError, match="crosses itself"):
        area_m2([SQUARE[0], SQUARE[1], SQUARE[3], SQUARE[2]])


def test_two_places_have_no_area() -> None:
    with pytest.raises(InputError, match="three places"):
        area_m2([SQUARE[0], SQUARE[1], SQUARE[0]])
