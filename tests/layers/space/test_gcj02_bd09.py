"""Shifted coordinates: to and fro, and where they are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers.space.gcj02_bd09 import BD09, GCJ02, SHIFTS, from_gcj02, to_bd09, to_gcj02

EARTH = Geod(ellps="GRS80")
# Pudong with all of its shore, and the whole rectangle but for a margin as wide as the shift.
PUDONG = st.tuples(st.floats(121.40, 122.10), st.floats(30.80, 31.45))
CHINA = st.tuples(st.floats(72.1, 137.7), st.floats(0.9, 55.7))


def metres(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(EARTH.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: shift.name)
@given(places=st.lists(PUDONG, min_size=1, max_size=50))
def test_there_and_back_is_the_same_place_in_pudong(shift, places):
    true = np.array(places)
    assert metres(shift.inverse(shift.forward(true)), true).max() < 1e-3
    assert metres(shift.forward(shift.inverse(true)), true).max() < 1e-3


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: shift.name)
@given(place=CHINA)
def test_there_and_back_is_the_same_place_in_china(shift, place):
    true = np.array([place])
    assert metres(shift.inverse(shift.forward(true)), true).max() < 1e-3


def test_the_shift_of_pudong_is_the_known_one():
    random = np.random.default_rng(1)
    places = np.column_stack([random.uniform(121.45, 121.95, 5_000), random.uniform(30.86, 31.40, 5_000)])
    off = metres(places, to_gcj02(places))
    assert (off.min(), off.mean(), off.max()) == (
        pytest.approx(457, abs=4),
        pytest.approx(473, abs=4),
        pytest.approx(494, abs=4),
    )
    assert (to_gcj02(places) - places)[:, 0].min() > 0.004, "eastward"
    assert (to_gcj02(places) - places)[:, 1].max() < -0.0015, "southward"


# Published with the open converters, one of which takes an ellipsoid whose axis is 108 m shorter: that is 8 mm.
PUBLISHED = {
    (121.5272106, 31.1774276): (121.531541859215, 31.17530398364597),
    (113.912316, 22.543847): (113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954): (116.38404722455657, 39.91334545536069),
}


@pytest.mark.parametrize("place", PUBLISHED)
def test_published_pairs_are_met_to_the_centimetre(place):
    assert metres(to_gcj02(np.array([place])), np.array([PUBLISHED[place]]))[0] < 0.01


def test_baidus_shift_is_added_to_that_of_gcj_02():
    tower = np.array([[121.5013, 31.2356]])
    (extra,) = to_bd09(tower) - to_gcj02(tower)
    assert extra == pytest.approx((0.0065, 0.006), abs=0.0006)


@pytest.mark.parametrize(
    "place", [(139.7, 35.7), (2.35, 48.85), (121.5, -31.2), (71.9, 30.0), (100.0, 56.0), (0.0, 0.0)]
)
@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: shift.name)
def test_outside_of_china_nothing_moves(shift, place):
    there = np.array([place])
    assert (shift.forward(there) == there).all()
    assert (shift.inverse(there) == there).all()


def test_nothing_in_is_nothing_out_and_the_input_is_left_alone():
    assert GCJ02.inverse(np.empty((0, 2))).shape == (0, 2)
    mixed = np.array([[121.5, 31.2], [2.0, 48.0]])
    kept = mixed.copy()
    assert (from_gcj02(mixed) != mixed).any(axis=1).tolist() == [True, False]
    assert (BD09.forward(mixed) != mixed).any(axis=1).tolist() == [True, False]
    assert (mixed == kept).all()
