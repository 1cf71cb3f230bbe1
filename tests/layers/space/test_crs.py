"""Reference systems and geometry bytes."""

import numpy as np
import pytest
import shapely

from layers.errors import InputError, ParameterError
from layers.space.crs import accuracy_m, crs_name, has_map_numbers, parse_crs, to_map
from layers.space.gcj02_bd09 import SHIFTS
from layers.space.local_grid import LocalGrid
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


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *((text, "GCJ-02") for text in ("GCJ-02", "gcj02", "GCJ 02", "ＧＣＪ－０２", "火星坐标", "火星坐标系")),
        *((text, "BD-09") for text in ("BD-09", "bd09", "BD09LL", "百度坐标")),
    ],
)
def test_shifted_coordinates_are_known_by_their_usual_names(written, name):
    assert crs_name(parse_crs(written)) == name


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: shift.name)
def test_shifted_shapes_land_on_the_map(shift):
    shifted = shapely.transform(shapely.box(121.5, 31.2, 121.51, 31.21), shift.forward)
    (placed,) = to_map(np.array([shifted]), shift)
    assert placed.equals_exact(shapely.box(121.5, 31.2, 121.51, 31.21), tolerance=1e-9)


def test_metres_are_no_shifted_coordinates():
    with pytest.raises(InputError, match=r"no degrees of longitude and latitude, so they are not in GCJ-02"):
        to_map(np.array([shapely.Point(351000, 3456000)]), parse_crs("GCJ-02"))


SHANGHAI = LocalGrid(
    "shanghai2000",
    "+proj=pipeline +step +proj=affine +xoff=-1000 +yoff=-2000 "
    "+step +inv +proj=tmerc +lat_0=31.2354 +lon_0=121.4666667 +ellps=GRS80",
    0.05,
)


def test_a_local_grid_is_a_pipeline_under_a_name():
    grid = parse_crs("Shanghai2000", grids=[SHANGHAI])
    assert (crs_name(grid), accuracy_m(grid)) == ("shanghai2000", 0.05)
    (centre,) = to_map(np.array([shapely.Point(1000, 2000)]), grid)
    assert (centre.x, centre.y) == (pytest.approx(121.4666667, abs=1e-10), pytest.approx(31.2354, abs=1e-10))


def test_a_local_grid_that_nobody_has_told_of_is_refused_with_those_that_are_known():
    with pytest.raises(ParameterError, match=r"crs: 'wuhan' names no .*EPSG:4326, GCJ-02, BD-09, shanghai2000"):
        parse_crs("wuhan", grids=[SHANGHAI])


def test_a_pipeline_that_is_none_is_refused():
    with pytest.raises(
        ParameterError, match="the pipeline of the local grid x in TWIN_LOCAL_GRIDS cannot be read by PROJ"
    ):
        parse_crs("x", grids=[LocalGrid("x", "+proj=nothing")])


@pytest.mark.parametrize("name", ["", "EPSG:4326", "gcj02", "auto", "a b", "-x"])
def test_a_local_grid_cannot_take_a_name_that_means_something_else(name):
    with pytest.raises(ValueError, match="cannot be the name of a local grid"):
        LocalGrid(name, SHANGHAI.pipeline)


@pytest.mark.parametrize(
    ("name", "accuracy"),
    [
        ("EPSG:4490", 0),
        ("EPSG:4549", 0),
        ("EPSG:4326", 1),
        ("EPSG:3857", 1),
        ("GCJ-02", 2),
        ("BD-09", 3),
        ("EPSG:2415", None),
        # By WGS 84, whose operation holds in all of the Netherlands; the one for a part of China's coast is not taken.
        ("EPSG:28992", 2),
        ("EPSG:2437", None),
    ],
)
def test_each_way_to_the_map_has_its_accuracy(name, accuracy):
    assert accuracy_m(parse_crs(name)) == accuracy


def test_the_seam_between_two_zones_joins_to_the_millimetre():
    from pyproj import Transformer

    # Along the Yan'an Road and through Lujiazui, across 121°30′.
    line = np.linspace((121.48, 31.228), (121.52, 31.242), 41)
    placed = []
    for zone in ("EPSG:4549", "EPSG:4550"):
        written = Transformer.from_crs("EPSG:4490", zone, always_xy=True).transform(line[:, 0], line[:, 1])
        placed.append(
            shapely.get_coordinates(to_map(np.array([shapely.LineString(zip(*written, strict=True))]), parse_crs(zone)))
        )
    one, other = placed
    assert np.abs(one - other).max() * 111_320 < 1e-3
    assert np.abs(one - line).max() * 111_320 < 1e-3


def test_a_datum_without_a_direct_way_comes_by_wgs84_and_not_by_its_own_degrees():
    # The origin of RD New as the formulas of Schreutelkamp and Strang van Hees have it in WGS 84, to half a metre.
    (place,) = to_map(shapely.points([[155000.0, 463000.0]]), parse_crs("EPSG:28992"))
    assert (place.x, place.y) == pytest.approx((5.38720621, 52.15517440), abs=5e-6)
