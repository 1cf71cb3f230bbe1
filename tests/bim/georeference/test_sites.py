"""Coordinates of a plane in the model itself, and latitude and longitude of the site: against PROJ, to a centimetre."""

import math
from dataclasses import replace

import numpy as np
import pytest
from located import EAST, HOUSE, LUJIAZUI, NORTH, STATEMENT, by_proj, english, moved, off_m
from pyproj import Geod

from bim.georeference import (
    Helmert,
    LocateOptions,
    SiteAngles,
    Statement,
    locate,
)
from layers.errors import InputError, ParameterError
from layers.space import SHIFTS

# --- coordinates of a plane in the model itself (LoGeoRef 30), the context (40)


def test_a_model_on_the_map_is_placed_by_its_reference_system():
    points = moved(HOUSE, EAST, NORTH, 4.5)
    found = locate(Statement("EPSG:4549", site_offset=(EAST, NORTH, 4.5)), points=points)
    assert off_m(found, by_proj(points, Helmert(0, 0, 0)), points) < 0.001
    assert (found.level, found.source) == (30, "site")


def test_a_model_on_the_map_of_no_stated_system_is_refused_with_what_to_give():
    with pytest.raises(InputError, match=r"those of a map, of unknown reference system.*EPSG:4549"):
        locate(Statement(site_offset=(EAST, NORTH, 0.0)))
    given = locate(Statement(site_offset=(EAST, NORTH, 0.0)), LocateOptions(crs="EPSG:4549"))
    assert (given.placement.lon, given.placement.lat) == pytest.approx(LUJIAZUI, abs=1e-9)


def test_a_plane_whose_origin_is_near_is_recognised_by_its_area():
    # Amersfoort's south-west has eastings of 20 km, and northings of 370 km.
    found = locate(Statement("EPSG:28992", site_offset=(26_000.0, 391_000.0, 0.0)))
    assert found.level == 30
    with pytest.raises(InputError, match="not in it"):
        locate(Statement(), LocateOptions(crs="EPSG:28992"), HOUSE)


def test_the_context_moves_and_true_north_turns():
    context = Helmert(EAST, NORTH, 4.5)
    north = (math.sin(math.radians(20)), math.cos(math.radians(20)))
    found = locate(Statement("EPSG:4549", context=context, true_north=north), points=HOUSE)
    assert (found.level, found.source) == (40, "context")
    assert found.placement.heading_deg == pytest.approx(20.0)
    grid = locate(Statement("EPSG:4549", context=context), points=HOUSE)
    assert off_m(grid, by_proj(HOUSE, context), HOUSE) < 0.001


def test_the_origin_of_a_turned_context_stays():
    context = Helmert(EAST, NORTH, 4.5)
    found = locate(Statement("EPSG:4549", context=context, true_north=(1.0, 0.0)), points=HOUSE)
    assert found.placement.geodetic(np.zeros((1, 3)))[0, :2] == pytest.approx(LUJIAZUI, abs=1e-8)


# --- latitude and longitude of the site (LoGeoRef 20)


def test_the_site_is_placed_by_angles_elevation_and_true_north():
    # The model's x-axis is true north; so a point 100 m along x lies 100 m north.
    site = Statement(
        angles=SiteAngles(31.24, 121.495), elevation_m=4.2, true_north=(1.0, 0.0), site_offset=(20.0, 0.0, 1.0)
    )
    found = locate(site)
    assert (found.level, found.source, found.notes, found.residual_m) == (20, "site", (), None)
    origin, ahead = found.placement.geodetic(np.array([[20.0, 0.0, 1.0], [120.0, 0.0, 1.0]]))
    assert origin == pytest.approx([121.495, 31.24, 4.2], abs=1e-8)
    azimuth, _, distance = Geod(a=6378137, rf=298.257222101).inv(*origin[:2], *ahead[:2])
    assert azimuth == pytest.approx(0.0, abs=1e-6)
    assert distance == pytest.approx(100.0, abs=0.001)


def test_true_north_of_a_file_turned_by_fifty_degrees():
    # FZK-Haus as it is in the file: north lies 50° to the right of the y-axis, where ifcopenshell's get_true_north says
    # -50; so the house is turned 50° to the left, and its y-axis goes to the north-west.
    north = (0.766044443119, 0.642787609687)
    found = locate(Statement(angles=SiteAngles(49.1, 8.436), true_north=north, elevation_m=110.0))
    along_y = found.placement.geodetic(np.array([[0.0, 0.0, 0.0], [0.0, 10.0, 0.0]]))
    azimuth, _, _ = Geod(ellps="GRS80").inv(*along_y[0, :2], *along_y[1, :2])
    assert azimuth == pytest.approx(-50.0, abs=1e-5)
    assert found.placement.heading_deg == pytest.approx(50.0, abs=1e-9)


def test_what_the_site_does_not_say_is_taken_and_told():
    found = locate(Statement(angles=SiteAngles(31.24, 121.495)))
    assert (found.placement.height_m, found.placement.heading_deg) == (0.0, 0.0)
    assert "no true north" in english(found)
    assert "no elevation" in english(found)
    told = locate(Statement(angles=SiteAngles(31.24, 121.495)), LocateOptions(height_m=3.0, heading_deg=12.0))
    assert (told.placement.height_m, told.placement.heading_deg, told.notes) == (3.0, 12.0, ())


def test_zero_degrees_are_no_place():
    with pytest.raises(InputError, match=r"0° and 0°.*Give one of"):
        locate(Statement(angles=SiteAngles(0.0, 0.0)))


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: shift.name)
@pytest.mark.parametrize("by_hand", [False, True])
def test_shifted_degrees_are_shifted_back(shift, by_hand):
    ((lon, lat),) = shift.forward(np.array([LUJIAZUI]))
    name = shift.name.replace("-", "").lower()
    if by_hand:
        found = locate(Statement(), LocateOptions(lonlat=(lon, lat), shifted=name))
    else:
        found = locate(Statement(angles=SiteAngles(lat, lon)), LocateOptions(shifted=name))
    assert (found.placement.lon, found.placement.lat) == pytest.approx(LUJIAZUI, abs=1e-9)
    assert f"converted from {shift.name}" in english(found)


def test_a_shift_that_is_none_is_refused():
    with pytest.raises(ParameterError, match="shifted: 'EPSG:4326' is no shift"):
        locate(Statement(angles=SiteAngles(31.2, 121.5)), LocateOptions(shifted="EPSG:4326"))


def test_degrees_far_from_the_coordinates_are_told():
    # Boston is what an authoring program writes that was told nothing.
    found = locate(replace(STATEMENT, angles=SiteAngles(42.358, -71.06)))
    assert found.level == 50
    assert "-71.06" in english(found)
    assert locate(replace(STATEMENT, angles=SiteAngles(31.24, 121.495))).notes == ()


def test_true_north_that_is_not_that_of_the_coordinates_is_told():
    # Grid north, 30° turned, is 0.78° off true north; the vector is where north is in the model.
    north = (math.sin(math.radians(30)), math.cos(math.radians(30)))
    assert "0.78° from" in english(locate(replace(STATEMENT, true_north=north)))
    true = math.radians(locate(STATEMENT).placement.heading_deg)
    assert locate(replace(STATEMENT, true_north=(math.sin(true), math.cos(true)))).notes == ()
    assert locate(replace(STATEMENT, true_north=(0.0, 0.0))).notes == ()
