"""Places as metres from the centre of the earth, against PROJ."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from layers.space import east_north_up, from_geocentric, to_geocentric

# CGCS2000 in three dimensions, and geocentric.
PROJ = Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)

EVERYWHERE = np.array(
    [
        [lon, lat, height]
        for lon in (-180, -60, 0, 121.5)
        for lat in (-90, -45, 0, 31.24, 90)
        for height in (-500, 0, 9000)
    ],
    float,
)


def test_places_are_where_proj_has_them():
    expected = np.column_stack(PROJ.transform(*EVERYWHERE.T))
    np.testing.assert_allclose(to_geocentric(EVERYWHERE), expected, atol=1e-8, rtol=0)


def test_the_way_back_is_that_of_proj():
    there = to_geocentric(EVERYWHERE)
    expected = np.column_stack(PROJ.transform(*there.T, direction="INVERSE"))
    found = from_geocentric(there)
    np.testing.assert_allclose(found[:, 1], expected[:, 1], atol=1e-11, rtol=0)
    # PROJ's own heights are a micrometre off near the poles.
    np.testing.assert_allclose(found[:, 2], expected[:, 2], atol=1e-6, rtol=0)
    off_pole = np.abs(EVERYWHERE[:, 1]) < 90
    turn = (found - expected + 180.0)[off_pole, 0] % 360.0 - 180.0
    np.testing.assert_allclose(turn, 0.0, atol=1e-11)


@settings(max_examples=200, deadline=None)
@given(st.floats(-179, 179), st.floats(-89.9, 89.9), st.floats(-1000, 10000))
def test_there_and_back_is_the_same_place(lon, lat, height):
    place = np.array([[lon, lat, height]])
    np.testing.assert_allclose(from_geocentric(to_geocentric(place)), place, atol=1e-8, rtol=0)
    assert np.abs(from_geocentric(to_geocentric(place)) - place)[0, :2].max() < 1e-11


def test_east_north_and_up_are_where_a_small_step_leads():
    step, place = 1e-6, np.array([[121.5, 31.24, 20.0]])
    origin, axes = to_geocentric(place), east_north_up(121.5, 31.24)
    for axis, change in enumerate(np.diag([step, step, 1.0])):
        moved = (to_geocentric(place + change) - origin)[0]
        np.testing.assert_allclose(axes[:, axis], moved / np.linalg.norm(moved), atol=1e-6)
