"""Areas of use and neighbouring zones."""

import numpy as np
import pytest
import shapely
from pyproj import CRS

from layers.space.crs import parse_crs, to_map
from layers.space.zones import area_of_use, neighbour, outside, twins

LUJIAZUI = np.array([[121.49, 31.23, 121.499, 31.24], [121.499, 31.23, 121.51, 31.24], [121.51, 31.23, 121.52, 31.24]])


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("EPSG:4549", [False, True, True]),
        ("EPSG:4528", [False, True, True]),
        ("EPSG:4550", [True, True, False]),
        ("EPSG:4326", [False, False, False]),
        ("GCJ-02", [False, False, False]),
        ("+proj=tmerc +lon_0=121.4667 +ellps=GRS80", [False, False, False]),
    ],
)
def test_what_reaches_over_the_seam_is_outside(name, out):
    assert outside(parse_crs(name), LUJIAZUI).tolist() == out


@pytest.mark.parametrize(
    ("name", "longitude", "next_one"),
    [
        ("EPSG:4549", 121.6, "EPSG:4550"),
        ("EPSG:4550", 121.4, "EPSG:4549"),
        ("EPSG:4528", 121.6, "EPSG:4529"),
        ("EPSG:4549", 118.0, "EPSG:4548"),
        ("EPSG:4549", 121.0, None),
        ("EPSG:4554", 139.0, None),
        ("EPSG:4326", 200.0, None),
    ],
)
def test_the_neighbour_is_the_next_zone_of_the_same_series(name, longitude, next_one):
    assert neighbour(parse_crs(name), longitude) == next_one


@pytest.mark.parametrize("codes", [range(4491, 4501), range(4502, 4512), range(4513, 4533), range(4534, 4554)])
def test_zones_of_a_series_follow_each_other_from_west_to_east(codes):
    for code in codes:
        west, east = (area_of_use(CRS.from_epsg(number)) for number in (code, code + 1))
        assert east[0] == pytest.approx(west[2], abs=0.51), code


@pytest.mark.parametrize("code", [4534, 4549, 4511, 2343, 2385, 2437, 21458])
def test_the_same_numbers_are_a_place_in_the_zone_beside_it(code):
    name = f"EPSG:{code}"
    numbers = shapely.points([[357_000.0, 3_456_000.0]])
    here = shapely.get_coordinates(to_map(numbers, parse_crs(name)))
    assert twins(name)
    for other, east in twins(name).items():
        there = shapely.get_coordinates(to_map(numbers, parse_crs(other)))
        # Datums of last century are brought over by regional formulas.
        assert there - here == pytest.approx(np.array([[east, 0.0]]), abs=0.002), other


@pytest.mark.parametrize("name", ["EPSG:4528", "EPSG:4490", "GCJ-02", "EPSG:32651", "local"])
def test_zones_with_a_number_and_others_have_no_twins(name):
    assert twins(name) == {}


def test_at_the_end_of_a_series_there_is_one_twin():
    assert (twins("EPSG:4554"), twins("EPSG:4534")) == ({"EPSG:4553": -3.0}, {"EPSG:4535": 3.0})
