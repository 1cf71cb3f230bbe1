"""Reference systems and geometry bytes."""

import numpy as np
import pytest
import shapely

from layers.errors import InputError, ParameterError
from layers.space.crs import crs_name, has_map_numbers, parse_crs, to_map
from layers.space.wkb import as_type, box_wkb, wkb_type

TOWER = (121.5013, 31.2356)


def test_wgs_84_and_cgcs2000_have_the_same_numbers():
    for name in ("EPSG:4326", "EPSG:4490", "OGC:CRS84"):
        assert has_map_numbers(parse_crs(name))
        (moved,) = to_map(np.array([shapely.Point(TOWER)]), parse_crs(name))
        assert (moved.x, moved.y) == TOWER


@pytest.mark.parametrize("code", ["EPSG:32651", "EPSG:4549", "EPSG:3857", "EPSG:4528"])
def test_there_and_back_is_the_same_place(code):
    from pyproj import Transformer

    there = Transformer.from_crs("EPSG:4490", code, always_xy=True).transform(*TOWER)
    (back,) = to_map(np.array([shapely.Point(there)]), parse_crs(code))
    assert (back.x, back.y) == (pytest.approx(TOWER[0], abs=1e-8), pytest.approx(TOWER[1], abs=1e-8))


def test_heights_are_dropped():
    (flat,) = to_map(np.array([shapely.Point(*TOWER, 632.0)]), parse_crs("EPSG:4326"))
    assert not flat.has_z


def test_metres_taken_for_degrees_are_refused_with_the_way_out():
    with pytest.raises(InputError, match=r"are no degrees of longitude and latitude.*--crs"):
        to_map(np.array([shapely.Point(351000, 3456000)]), parse_crs("EPSG:4326"))


def test_an_unknown_crs_is_refused():
    with pytest.raises(ParameterError, match="crs: 'EPSG:1' names no coordinate reference system"):
        parse_crs("EPSG:1")
    assert crs_name(parse_crs("urn:ogc:def:crs:EPSG::4490")) == "EPSG:4490"


def test_single_geometries_become_collections_of_one():
    square = shapely.box(0, 0, 1, 1)
    made = shapely.from_wkb(as_type(square.wkb, "MultiPolygon"))
    assert made.equals_exact(shapely.MultiPolygon([square]))
    assert as_type(made.wkb, "MultiPolygon") == made.wkb
    assert wkb_type(as_type(made.wkb, "Polygon")) == "Polygon"


def test_a_point_stands_on_the_surface_of_an_area():
    horseshoe = shapely.Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (1, 1), (1, 9), (0, 9)])
    assert horseshoe.contains(shapely.from_wkb(as_type(horseshoe.wkb, "Point")))


def test_a_line_is_no_polygon():
    with pytest.raises(InputError, match="a LineString where the layer has MultiPolygons"):
        as_type(shapely.LineString([(0, 0), (1, 1)]).wkb, "MultiPolygon")


def test_a_box_is_a_rectangle():
    assert shapely.from_wkb(box_wkb(121, 31, 122, 32)).bounds == (121, 31, 122, 32)
