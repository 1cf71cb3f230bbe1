"""Zones and names of reference systems, local grids: what a file means by them, against PROJ, to a centimetre."""

import math
from dataclasses import replace

import numpy as np
import pytest
from located import EAST, HOUSE, LUJIAZUI, NORTH, STATEMENT, by_proj, english, local_grid, moved, off_m
from pyproj import CRS, Proj, Transformer

from bim.georeference import (
    Helmert,
    LocateOptions,
    SiteAngles,
    Statement,
    locate,
)
from layers.errors import InputError, ParameterError
from layers.space import to_geocentric

# --- zones


@pytest.mark.parametrize(
    ("crs", "easting", "words"),
    [
        ("EPSG:4549", EAST + 40_000_000.0, "40 is removed"),
        ("EPSG:4528", EAST, "40 is added"),
        ("EPSG:4528", EAST + 40_000_000.0, ""),
    ],
)
def test_a_zone_number_in_the_easting_is_understood(crs, easting, words):
    found = locate(Statement(crs, Helmert(easting, NORTH, 0.0)), points=HOUSE)
    assert off_m(found, by_proj(HOUSE, Helmert(EAST, NORTH, 0.0)), HOUSE) < 0.001
    assert english(found) == words or words in english(found)
    on_map = locate(Statement(crs), points=moved(HOUSE, easting, NORTH, 0.0))
    assert (on_map.placement.lon, on_map.placement.lat) == pytest.approx((121.4953, 31.2401), abs=1e-3)


def test_a_zone_number_of_another_zone_is_refused():
    with pytest.raises(InputError, match="zone 40 has its central meridian at 120°"):
        locate(Statement("EPSG:4550", Helmert(EAST + 40_000_000.0, NORTH, 0.0)))


def test_both_zones_have_the_same_place_at_the_seam():
    found = []
    for crs in ("EPSG:4549", "EPSG:4550"):
        east, north = Proj(crs)(121.5, 31.24)
        turn = math.radians(Proj(crs).get_factors(121.5, 31.24).meridian_convergence)
        conversion = Helmert(east, north, 0.0, math.cos(turn), math.sin(turn))
        found.append(locate(Statement(crs, conversion), points=HOUSE - HOUSE.mean(axis=0)))
    places = [to_geocentric(each.placement.geodetic(HOUSE)) for each in found]
    assert np.linalg.norm(places[0] - places[1], axis=1).max() < 0.02
    assert found[0].placement.heading_deg == pytest.approx(0.0, abs=1e-6)


def test_a_model_over_the_seam_is_placed_with_a_note():
    east, north = Proj("EPSG:4549")(121.6, 31.24)
    found = locate(Statement("EPSG:4549", Helmert(east, north, 0.0)))
    assert (found.placement.lon, found.placement.lat) == pytest.approx((121.6, 31.24), abs=1e-9)
    assert "0.10° beyond the area of use" in english(found)


def test_exchanged_eastings_and_northings_are_refused_by_name():
    for crs in ("EPSG:4549", "EPSG:4528", "EPSG:32651"):
        with pytest.raises(InputError, match="eastings and northings are exchanged"):
            locate(Statement(crs, Helmert(NORTH, EAST, 0.0)))


def test_a_place_far_outside_of_the_area_of_use_is_refused():
    with pytest.raises(InputError, match="check the reference system"):
        locate(Statement("EPSG:25832", Helmert(EAST, 1.0, 0.0)))


# --- names of reference systems


@pytest.mark.parametrize(
    "name",
    [
        "epsg:4549",
        "EPSG 4549",
        "urn:ogc:def:crs:EPSG::4549",
        "EPSG:4549+5737",
        "CGCS2000 / 3-degree Gauss-Kruger CM 120E",
        "CGCS2000_3_Degree_GK_CM_120E",
        "国家2000大地坐标系，3度带，中央经线120°",
        "CGCS2000 三度带 中央子午线：120",
        "CGCS2000 / 3-degree Gauss-Kruger CM 120E (EPSG:4549)",
    ],
)
def test_names_of_one_reference_system_lead_to_one_place(name):
    found = locate(replace(STATEMENT, crs=name))
    assert found.crs == "EPSG:4549"
    assert off_m(found, by_proj(HOUSE), HOUSE) < 0.01


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("EPSG 28992 - Amersfoort / RD New", "EPSG:28992"),
        ("ETRS89.UTM-32N", "EPSG:25832"),
        ("WGS84 UTM zone 60S", "EPSG:32760"),
    ],
)
def test_names_of_other_countries_are_read(name, code):
    west, south, east, north = CRS(code).area_of_use.bounds
    at = Transformer.from_crs("EPSG:4490", code, always_xy=True).transform((west + east) / 2, (south + north) / 2)
    assert locate(Statement(name, Helmert(*at, 0.0))).crs == code


@pytest.mark.parametrize("name", ["", "Unknown", "EPSG:4326", "上海城建坐标系"])
def test_a_conversion_to_no_known_plane_gives_way_with_a_note(name):
    found = locate(replace(STATEMENT, crs=name, angles=SiteAngles(31.24, 121.495)))
    assert found.level == 20
    assert "give the crs" in english(found)
    assert (name in english(found)) if name else True


def test_a_reference_system_by_hand_goes_before_the_files():
    found = locate(replace(STATEMENT, crs="Unknown"), LocateOptions(crs="EPSG:4549"), HOUSE)
    assert off_m(found, by_proj(HOUSE), HOUSE) < 0.001
    with pytest.raises(ParameterError, match="crs: 'EPSG:4490'"):
        locate(STATEMENT, LocateOptions(crs="EPSG:4490"))


def test_a_datum_of_unknown_accuracy_is_said():
    east, north = Proj("EPSG:2437")(120.5, 31.24)
    found = locate(Statement("EPSG:2437", Helmert(east, north, 0.0)))
    assert "unknown; it may be a hundred metres off" in english(found)


# --- local grids


def test_a_conversion_to_a_local_grid_is_followed():
    grid = local_grid()
    ((x, y),) = grid.xy(np.array([LUJIAZUI]))
    found = locate(Statement("city", Helmert(x, y, 3.0)), LocateOptions(grids=(grid,)), HOUSE)
    expected = np.column_stack([grid.lonlat(HOUSE[:, :2] + np.array([x, y])), HOUSE[:, 2] + 3.0])
    assert off_m(found, expected, HOUSE) < 0.001
    assert found.crs == "city"


def test_a_local_grid_by_hand_says_that_the_models_coordinates_are_its():
    grid = local_grid()
    at = grid.xy(np.array([LUJIAZUI]))[0]
    points = moved(HOUSE, *at, 0.0)
    found = locate(Statement(), LocateOptions(crs="city", grids=(grid,)), points)
    assert off_m(found, np.column_stack([grid.lonlat(points[:, :2]), points[:, 2]]), points) < 0.001
    assert found.source == "site"
