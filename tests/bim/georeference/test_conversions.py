"""Conversions to a plane, alone and beside coordinates that are on the map already: against PROJ, to a centimetre."""

import math
from dataclasses import replace

import numpy as np
import pytest
from located import CONVERSION, EAST, HOUSE, LUJIAZUI, NORTH, STATEMENT, by_proj, english, local_grid, moved, off_m
from pyproj import CRS, Proj, Transformer

from bim.georeference import (
    Helmert,
    LocateOptions,
    SiteAngles,
    Statement,
    level_of,
    locate,
)
from layers.errors import InputError

# --- conversions to a plane (LoGeoRef 50)


def test_a_conversion_puts_the_model_where_proj_does():
    found = locate(STATEMENT, points=HOUSE)
    assert off_m(found, by_proj(HOUSE), HOUSE) < 0.001
    assert (found.level, found.crs, found.source, found.notes) == (50, "EPSG:4549", "map_conversion", ())
    assert found.residual_m == pytest.approx(off_m(found, by_proj(HOUSE), HOUSE), abs=1e-6)


def test_grid_north_is_turned_by_the_convergence_of_meridians_to_true_north():
    found = locate(STATEMENT)
    factors = Proj("EPSG:4549").get_factors(*LUJIAZUI)
    # East of the central meridian grid north lies east of true north, by 0.78° here: clockwise.
    assert 0.77 < factors.meridian_convergence < 0.79
    assert found.placement.heading_deg == pytest.approx(30.0 - factors.meridian_convergence, abs=1e-6)
    west = locate(replace(STATEMENT, conversion=replace(CONVERSION, eastings=1_000_000.0 - EAST)))
    assert west.placement.heading_deg == pytest.approx(30.0 + factors.meridian_convergence, abs=1e-6)


def test_the_scale_is_that_of_the_conversion_over_that_of_the_plane_and_the_height():
    found = locate(replace(STATEMENT, conversion=replace(CONVERSION, scale=0.9996)))
    plane = Proj("EPSG:4549").get_factors(*LUJIAZUI).meridional_scale
    assert plane > 1.0002
    assert found.placement.scale == pytest.approx(0.9996 / plane * (1 + 4.5 / 6.37e6), abs=1e-8)
    scaled = replace(CONVERSION, scale=0.9996)
    found = locate(replace(STATEMENT, conversion=scaled), points=HOUSE)
    assert off_m(found, by_proj(HOUSE, scaled), HOUSE) < 0.001


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4550", "EPSG:32651", "EPSG:28992", "EPSG:2263"])
@pytest.mark.parametrize("height", [0.0, 3650.0])
def test_a_model_of_a_kilometre_is_off_by_no_more_than_the_earth_is_round(crs, height):
    west, south, east, north = CRS(crs).area_of_use.bounds
    middle = (west + east) / 2, (south + north) / 2
    ground = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    unit = CRS(crs).axis_info[0].unit_conversion_factor
    x, y = LUJIAZUI if "EPSG:45" in crs else middle
    x, y = (value * unit for value in ground.transform(x, y))
    box = np.array([[a, b, c] for a in (-500.0, 500.0) for b in (-500.0, 500.0) for c in (0.0, 50.0)])
    found = locate(Statement(crs=crs, conversion=Helmert(x, y, height)), points=box)
    # 4 cm up in the corners, 0.7 km from the middle, and less than that sideways.
    assert 0.02 < found.residual_m < 0.06


def test_without_convergence_and_scale_a_kilometre_would_be_metres_off():
    box = np.array([[-500.0, 0.0, 0.0], [500.0, 0.0, 0.0]])
    found = locate(STATEMENT, points=box)
    naive = replace(found.placement, heading_deg=30.0, scale=1.0)
    assert off_m(replace(found, placement=naive), by_proj(box), box) > 6.0
    assert found.residual_m < 0.05


def test_a_plane_in_feet_is_reached_by_metres():
    feet = Transformer.from_crs("EPSG:4490", "EPSG:2263", always_xy=True).transform(-74.0, 40.7)
    unit = 1200 / 3937
    found = locate(Statement(crs="EPSG:2263", conversion=Helmert(feet[0] * unit, feet[1] * unit, 0.0)))
    assert (found.placement.lon, found.placement.lat) == pytest.approx((-74.0, 40.7), abs=1e-8)
    assert found.placement.scale == pytest.approx(1.0, abs=2e-4)


def test_a_blank_conversion_gives_way_to_latitude_and_longitude():
    blank = Statement("EPSG:4549", Helmert(0.0, 0.0, 0.0), SiteAngles(31.24, 121.495), 4.0, (0.0, 1.0))
    found = locate(blank, points=HOUSE)
    assert (found.level, found.source) == (20, "site")
    assert (found.placement.lon, found.placement.lat, found.placement.height_m) == (121.495, 31.24, 4.0)
    assert "blank" in english(found)
    assert level_of(blank) == 20


def test_a_blank_conversion_of_a_model_on_the_map_leaves_it_there():
    points = moved(HOUSE, EAST, NORTH, 0.0)
    found = locate(Statement("EPSG:4549", Helmert(0.0, 0.0, 0.0)), points=points)
    assert found.level == 30
    assert off_m(found, by_proj(points, Helmert(0, 0, 0)), points) < 0.001


def test_a_conversion_without_a_direction_is_refused():
    with pytest.raises(InputError, match="no direction"):
        locate(replace(STATEMENT, conversion=replace(CONVERSION, abscissa=0.0, ordinate=0.0)))


def test_a_scale_of_millimetres_is_said():
    found = locate(replace(STATEMENT, conversion=replace(CONVERSION, scale=0.001)))
    assert "check the unit of length" in english(found)


# --- both in the placement of the site and in the conversion


@pytest.mark.parametrize("turn", [0.0, 30.0])
def test_a_model_that_is_on_the_map_twice_is_moved_once(turn):
    conversion = Helmert(EAST, NORTH, 4.5, math.cos(math.radians(turn)), math.sin(math.radians(turn)))
    twice = Statement("EPSG:4549", conversion, site_offset=(EAST, NORTH, 4.5))
    points = moved(HOUSE, EAST, NORTH, 4.5)
    found = locate(twice, points=points)
    assert off_m(found, by_proj(HOUSE, conversion), points) < 0.001
    assert "applied once" in english(found)
    # The site alone tells as much.
    assert off_m(locate(twice), by_proj(HOUSE, conversion), points) < 0.001


def test_a_turn_that_both_have_is_made_once():
    axis = (math.cos(math.radians(30)), math.sin(math.radians(30)))
    turned = HOUSE @ np.array([[axis[0], axis[1], 0.0], [-axis[1], axis[0], 0.0], [0.0, 0.0, 1.0]])
    points = moved(turned, EAST, NORTH, 0.0)
    found = locate(replace(STATEMENT, site_offset=(EAST, NORTH, 0.0), site_axis=axis), points=points)
    assert off_m(found, by_proj(HOUSE), points) < 0.001


def test_shapes_on_the_map_and_a_conversion_move_it_once():
    conversion = Helmert(EAST, NORTH, 0.0)
    points = moved(HOUSE, EAST, NORTH, 0.0)
    found = locate(Statement("EPSG:4549", conversion), points=points)
    assert off_m(found, by_proj(HOUSE, conversion), points) < 0.001


def test_an_offset_of_the_site_within_its_own_plot_is_not_a_second_one():
    found = locate(replace(STATEMENT, site_offset=(120.0, 80.0, 0.0)), points=moved(HOUSE, 120.0, 80.0, 0.0))
    assert off_m(found, by_proj(moved(HOUSE, 120.0, 80.0, 0.0)), moved(HOUSE, 120.0, 80.0, 0.0)) < 0.001
    assert found.notes == ()


def test_a_second_offset_in_a_small_local_grid_is_seen_when_it_is_the_same():
    grid = local_grid()
    at = grid.xy(np.array([LUJIAZUI]))[0].tolist()
    points = moved(HOUSE, *at, 0.0)
    twice = Statement("city", Helmert(*at, 0.0), site_offset=(*at, 0.0))
    found = locate(twice, LocateOptions(grids=(grid,)), points)
    expected = np.column_stack([grid.lonlat(points[:, :2]), points[:, 2]])
    assert off_m(found, expected, points) < 0.001
    assert "applied once" in english(found)
