"""From what a file says of its place to a placement: each trap, against PROJ, to a centimetre."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pyproj import CRS, Geod, Proj, Transformer

from bim.georeference import (
    ControlPoint,
    Helmert,
    LocateOptions,
    Placement,
    SiteAngles,
    Statement,
    level_of,
    locate,
)
from layers.errors import InputError, ParameterError
from layers.space import SHIFTS, LocalGrid, to_geocentric

# 1.5° from the central meridian at 120°, at the seam of the zones.
LUJIAZUI = (121.495, 31.24)
EAST, NORTH = Proj("EPSG:4549")(*LUJIAZUI)
# A house of 40 by 25 m, 30 m high, beside its origin.
HOUSE = np.array([[x, y, z] for x in (10.0, 50.0) for y in (-5.0, 20.0) for z in (0.0, 30.0)])
CONVERSION = Helmert(EAST, NORTH, 4.5, math.cos(math.radians(30)), math.sin(math.radians(30)))
STATEMENT = Statement(crs="EPSG:4549", conversion=CONVERSION)


def by_proj(points, conversion: Helmert = CONVERSION, crs: str = "EPSG:4549"):
    """Return where PROJ has points of the model, (n, 3)."""
    turn = conversion.scale * complex(conversion.abscissa, conversion.ordinate)
    moved = turn / abs(complex(conversion.abscissa, conversion.ordinate)) * (points[:, 0] + 1j * points[:, 1])
    x, y = moved.real + conversion.eastings, moved.imag + conversion.northings
    lon, lat = Transformer.from_crs(crs, "EPSG:4490", always_xy=True).transform(x, y)
    return np.column_stack([lon, lat, points[:, 2] + conversion.height])


def moved(points, *offset):
    return points + np.array(offset)


def off_m(found, expected, points) -> float:
    return np.linalg.norm(to_geocentric(found.placement.geodetic(points)) - to_geocentric(expected), axis=1).max()


def english(found) -> str:
    assert all(note.zh and note.en for note in found.notes)
    return "; ".join(note.en for note in found.notes)


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
    grid = _grid()
    at = grid.xy(np.array([LUJIAZUI]))[0].tolist()
    points = moved(HOUSE, *at, 0.0)
    twice = Statement("city", Helmert(*at, 0.0), site_offset=(*at, 0.0))
    found = locate(twice, LocateOptions(grids=(grid,)), points)
    expected = np.column_stack([grid.lonlat(points[:, :2]), points[:, 2]])
    assert off_m(found, expected, points) < 0.001
    assert "applied once" in english(found)


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


# --- local grids


def _grid() -> LocalGrid:
    return LocalGrid(
        "city",
        "+proj=pipeline +step +inv +proj=tmerc +lat_0=31.2333 +lon_0=121.4667 +k=1 +x_0=0 +y_0=0 "
        "+a=6378137 +rf=298.257222101 +step +proj=unitconvert +xy_in=rad +xy_out=deg",
    )


def test_a_conversion_to_a_local_grid_is_followed():
    grid = _grid()
    ((x, y),) = grid.xy(np.array([LUJIAZUI]))
    found = locate(Statement("city", Helmert(x, y, 3.0)), LocateOptions(grids=(grid,)), HOUSE)
    expected = np.column_stack([grid.lonlat(HOUSE[:, :2] + np.array([x, y])), HOUSE[:, 2] + 3.0])
    assert off_m(found, expected, HOUSE) < 0.001
    assert found.crs == "city"


def test_a_local_grid_by_hand_says_that_the_models_coordinates_are_its():
    grid = _grid()
    at = grid.xy(np.array([LUJIAZUI]))[0]
    points = moved(HOUSE, *at, 0.0)
    found = locate(Statement(), LocateOptions(crs="city", grids=(grid,)), points)
    assert off_m(found, np.column_stack([grid.lonlat(points[:, :2]), points[:, 2]]), points) < 0.001
    assert found.source == "site"


# --- by hand


def test_what_is_given_by_hand_goes_first():
    placement = Placement(121.5, 31.2, 3.0, 12.0)
    found = locate(STATEMENT, LocateOptions(placement=placement, source="footprint", height_m=99.0))
    assert (found.placement, found.source, found.level) == (placement, "footprint", 50)
    lonlat = locate(STATEMENT, LocateOptions(lonlat=(121.5, 31.2), anchor=(1.0, 2.0, 3.0), height_m=7.0))
    assert lonlat.placement.geodetic(np.array([[1.0, 2.0, 3.0]]))[0] == pytest.approx([121.5, 31.2, 7.0], abs=1e-8)


def test_control_points_go_before_the_file():
    truth = Placement(121.5, 31.2, 5.0, 33.0, anchor=(30.0, 7.5, 0.0))
    corners = HOUSE[HOUSE[:, 2] == 0.0]
    points = tuple(
        ControlPoint(tuple(corner), *place)
        for corner, place in zip(corners.tolist(), truth.geodetic(corners).tolist(), strict=True)
    )
    found = locate(STATEMENT, LocateOptions(control_points=points))
    assert off_m(found, truth.geodetic(HOUSE), HOUSE) < 0.001
    assert (found.source, found.level) == ("control_points", 50)
    flat = tuple(replace(point, height_m=None) for point in points)
    lifted = locate(replace(STATEMENT, elevation_m=8.0), LocateOptions(control_points=flat))
    assert lifted.placement.height_m == 8.0


def test_a_conversion_by_hand_needs_a_reference_system():
    given = LocateOptions(conversion=CONVERSION, crs="EPSG:4549")
    found = locate(Statement(address="世纪大道1号"), given, HOUSE)
    assert off_m(found, by_proj(HOUSE), HOUSE) < 0.001
    assert (found.source, found.level) == ("by_hand", 10)
    with pytest.raises(ParameterError, match="crs: a conversion by hand"):
        locate(Statement(), replace(given, crs=""))


def test_height_and_heading_by_hand_correct_a_conversion():
    found = locate(STATEMENT, LocateOptions(height_m=10.0, heading_deg=45.0), moved(HOUSE, 0.0, 0.0, 2.0))
    # The height is that of the origin of the site, and it stays where it is.
    origin = found.placement.geodetic(np.zeros((1, 3)))[0]
    assert origin == pytest.approx([*LUJIAZUI, 10.0], abs=1e-7)
    assert found.placement.heading_deg == 45.0
    assert found.residual_m is None


@pytest.mark.parametrize(("statement", "level"), [(Statement(), 0), (Statement(address="世纪大道1号"), 10)])
def test_a_file_that_says_nothing_is_refused_with_what_to_give(statement, level):
    assert level_of(statement) == level
    with pytest.raises(InputError, match=r"cannot be placed.*longitude and latitude.*control points.*footprint"):
        locate(statement)


@pytest.mark.parametrize(
    ("statement", "level"),
    [
        (STATEMENT, 50),
        (replace(STATEMENT, crs=""), 0),
        (Statement(context=Helmert(EAST, NORTH, 0.0), true_north=(0.0, 1.0)), 40),
        (Statement(site_offset=(EAST, NORTH, 0.0), angles=SiteAngles(31.0, 121.0)), 30),
        (Statement(site_offset=(12.0, 5.0, 0.0), angles=SiteAngles(31.0, 121.0)), 20),
    ],
)
def test_levels_are_those_of_clemen_and_goerne(statement, level):
    assert level_of(statement) == level


def test_an_empty_list_of_points_is_as_none():
    assert locate(STATEMENT, points=np.zeros((0, 3))) == locate(STATEMENT)


def test_the_elevation_is_that_of_the_site_and_not_of_a_point_by_hand():
    site = Statement(elevation_m=8.0, site_offset=(0.0, 0.0, 1.0), true_north=(0.0, 1.0))
    found = locate(site, LocateOptions(lonlat=LUJIAZUI, anchor=(1.0, 2.0, 3.0)))
    assert found.placement.height_m == 10.0
    assert found.notes == ()
