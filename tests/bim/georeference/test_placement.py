"""The frame of a model on the ellipsoid, against PROJ's topocentric conversion."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from bim.georeference import Placement, heading_of
from layers.errors import InputError
from layers.space import to_geocentric

BOX = np.array([[x, y, z] for x in (-300.0, 700.0) for y in (-50.0, 400.0) for z in (-20.0, 632.0)])

metres = st.floats(-1000, 1000)
anywhere_in_china = st.builds(
    Placement,
    lon=st.floats(73.0, 135.5),
    lat=st.floats(3.0, 53.5),
    height_m=st.floats(-155, 5500),
    heading_deg=st.floats(-180, 180),
    scale=st.floats(0.9, 1.1),
    anchor=st.tuples(st.floats(-5e5, 5e5), st.floats(-4e6, 4e6), st.floats(-100, 5000)),
)


def topocentric(placement: Placement) -> Transformer:
    return Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=topocentric +a=6378137 +rf=298.257222101"
        f" +lon_0={placement.lon!r} +lat_0={placement.lat!r} +h_0={placement.height_m!r}"
        " +step +inv +proj=cart +a=6378137 +rf=298.257222101 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


@settings(max_examples=50, deadline=None)
@given(anywhere_in_china)
def test_points_are_where_proj_has_them(placement):
    points = BOX + placement.anchor
    expected = np.column_stack(topocentric(placement).transform(*placement.enu(points).T))
    found = placement.geodetic(points)
    np.testing.assert_allclose(found[:, :2], expected[:, :2], atol=1e-9, rtol=0)
    np.testing.assert_allclose(found[:, 2], expected[:, 2], atol=1e-6, rtol=0)


@settings(max_examples=100, deadline=None)
@given(anywhere_in_china, st.lists(st.tuples(metres, metres, metres), min_size=1, max_size=5))
def test_there_and_back_is_the_same_point(placement, offsets):
    points = np.array(offsets) + placement.anchor
    np.testing.assert_allclose(placement.model(placement.geodetic(points)), points, atol=1e-6, rtol=0)


@settings(max_examples=100, deadline=None)
@given(anywhere_in_china)
def test_the_matrix_leads_where_the_degrees_lead(placement):
    points = BOX + placement.anchor
    by_matrix = (np.column_stack([points, np.ones(len(points))]) @ placement.ecef_matrix().T)[:, :3]
    np.testing.assert_allclose(by_matrix, to_geocentric(placement.geodetic(points)), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [(0.0, (10.0, 0.0)), (90.0, (0.0, 10.0)), (180.0, (-10.0, 0.0)), (-90.0, (0.0, -10.0))],
)
def test_a_heading_turns_the_x_axis_from_east_anticlockwise(heading, expected):
    placement = Placement(121.5, 31.24, heading_deg=heading, anchor=(5.0, 6.0, 7.0))
    np.testing.assert_allclose(placement.enu(np.array([[15.0, 6.0, 7.0]])), [[*expected, 0.0]], atol=1e-12)


def test_the_scale_is_that_of_the_plane_and_not_of_heights():
    placement = Placement(121.5, 31.24, scale=2.0, anchor=(1.0, 1.0, 1.0))
    np.testing.assert_allclose(placement.enu(np.array([[2.0, 3.0, 4.0]])), [[2.0, 4.0, 3.0]])


@pytest.mark.parametrize(
    ("north", "heading"),
    [
        ((0.0, 1.0), 0.0),  # north along y: the x-axis is east
        ((1.0, 0.0), 90.0),  # north along x: the x-axis is north
        ((-1.0, 0.0), -90.0),  # north against x: the x-axis is south
        ((0.0, -5.0), 180.0),  # north against y, of any length
        ((-math.sin(math.radians(50)), math.cos(math.radians(50))), -50.0),  # north 50° left of y
        ((0.766044443119, 0.642787609687), 50.0),  # north 50° right of y, as in FZK-Haus
    ],
)
def test_the_heading_puts_true_north_at_north(north, heading):
    assert heading_of(north) == pytest.approx(heading, abs=1e-9)
    east, to_north, _ = Placement(121.5, 31.24, heading_deg=heading_of(north)).enu(np.array([[*north, 0.0]]))[0]
    assert (east, to_north) == pytest.approx((0.0, math.hypot(*north)), abs=1e-12)


def test_a_moved_anchor_leaves_the_model_in_place():
    placement = Placement(121.5, 31.24, 4.0, 33.0, 1.0, (10.0, 20.0, 0.0))
    moved = placement.moved_to((1010.0, 20.0, 5.0))
    assert moved.anchor == (1010.0, 20.0, 5.0)
    points = np.array([[1010.0, 20.0, 5.0], [910.0, 20.0, 5.0], [1010.0, 120.0, 5.0]])
    apart = to_geocentric(moved.geodetic(points)) - to_geocentric(placement.geodetic(points))
    # Both tangent planes lean by 1 km over the earth's radius: 1.6 cm in 100 m.
    assert np.linalg.norm(apart[0]) < 1e-6
    assert 0.01 < np.linalg.norm(apart, axis=1).max() < 0.017


def test_json_and_back_is_the_same():
    placement = Placement(121.5, 31.24, 4.5, -50.0, 0.9996, (1.0, 2.0, 3.0))
    assert Placement.from_json(placement.json()) == placement
    assert Placement.from_json({"lon": 121.5, "lat": 31.24}) == Placement(121.5, 31.24)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"lon": 121.5}, "lon and lat"),
        ({"lon": "east", "lat": 31.0}, "lon and lat"),
        ({"lon": 31.0, "lat": 121.5}, "check their order"),
        ({"lon": 121.5, "lat": 31.0, "scale": 0.0}, "above 0"),
        ({"lon": 121.5, "lat": 31.0, "height_m": math.nan}, "finite"),
        ({"lon": 121.5, "lat": 31.0, "anchor": [1.0]}, "anchor of three"),
        ({"lon": 121.5, "lat": 31.0, "azimuth": 1.0}, "no azimuth"),
    ],
)
def test_what_is_no_placement_is_refused(document, words):
    with pytest.raises(InputError, match=words):
        Placement.from_json(document)
