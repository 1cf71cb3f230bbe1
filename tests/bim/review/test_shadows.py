"""Shadows on the ground: by the closed form, and where rays from the ground to the sun are stopped."""

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from blocks import ANCHOR, FRAME, blocks, on_the_map, town
from hypothesis import assume, given
from hypothesis import strategies as st
from prisms import prism
from shapely.geometry import MultiPolygon, Polygon, box

from bim.review import Scene, shadow_polygons, sun_at, to_plane
from bim.review.shadows import plane_shadows

COURT = Polygon(box(-30, -20, 30, 20).exterior, [box(-10, -8, 12, 9).exterior])
ANGLE = Polygon([(0, 0), (30, 0), (30, 10), (12, 10), (12, 25), (0, 25)])


def towards(azimuth: float, elevation: float) -> np.ndarray:
    a, e = np.radians([azimuth, elevation])
    return np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)])


def one(shape: Polygon | MultiPolygon, direction: np.ndarray, top: float, base: float = 0.0) -> MultiPolygon:
    return plane_shadows(np.array([shape]), np.array([base]), np.array([top]), direction)


@pytest.mark.parametrize("elevation", [10.0, 25.0, 38.6, 60.0])
def test_the_shadow_of_a_box_under_the_sun_in_the_south_is_as_long_as_the_closed_form(elevation: float) -> None:
    shadow = one(box(-20, -10, 20, 10), towards(180, elevation), 80.0)
    length = 80 / np.tan(np.radians(elevation))
    assert shadow.bounds == pytest.approx((-20, -10, 20, 10 + length), abs=1e-6)
    assert shadow.area == pytest.approx(40 * (20 + length))


def test_what_hangs_in_the_air_throws_its_shadow_from_its_base_on() -> None:
    shadow = one(box(0, 0, 10, 10), towards(180, 45), 30.0, base=20.0)
    assert shadow.bounds == pytest.approx((0, 20, 10, 40), abs=1e-6)


def test_the_sun_shines_into_a_court_that_is_wide_enough() -> None:
    high = one(COURT, towards(180, 80), 20.0)
    edge = -8 + 20 / np.tan(np.radians(80))
    assert [bool(shapely.contains_xy(high, 0, y)) for y in (edge - 0.01, edge + 0.01, 8.9)] == [True, False, False]
    assert shapely.get_num_interior_rings(high) == 1
    assert shapely.get_num_interior_rings(one(COURT, towards(180, 30), 20.0)) == 0


def test_below_the_horizon_there_is_no_shadow() -> None:
    assert one(COURT, towards(180, -1), 20.0).is_empty
    assert plane_shadows(np.empty(0, object), np.empty(0), np.empty(0), towards(180, 40)).is_empty


def test_a_ring_that_crosses_itself_has_the_shadow_of_what_it_encloses() -> None:
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert one(bow, towards(180, 45), 10.0).area == pytest.approx(150.0, rel=1e-6)


STARS = st.lists(st.floats(5.0, 30.0), min_size=3, max_size=10)


@given(STARS, st.booleans(), st.floats(0, 360), st.floats(5, 85), st.floats(3, 100), st.integers(0, 2**32 - 1))
def test_the_ground_is_in_the_shadow_where_a_ray_to_the_sun_is_stopped(
    radii: list[float], has_court: bool, azimuth: float, elevation: float, top: float, seed: int
) -> None:
    turns = np.arange(len(radii)) * 2 * np.pi / len(radii)
    corners = np.column_stack([np.cos(turns), np.sin(turns)]) * np.array(radii)[:, None]
    court = shapely.Point(0, 0).buffer(2, 3)
    shape = Polygon(corners)
    if has_court:
        assume(shape.contains(court))
        shape = shape.difference(court)
    direction = towards(azimuth, elevation)
    shadow = one(shape, direction, top)
    west, south, east, north = shapely.buffer(shadow, 5).bounds
    places = np.random.default_rng(seed).uniform((west, south), (east, north), (60, 2))
    # On the very edge single precision decides.
    places = places[shapely.distance(shapely.boundary(shadow), shapely.points(places)) > 0.01]
    body = prism(shape, top)
    rays = Scene.empty(ANCHOR).with_mesh("it", body.points, body.mesh.triangles).rays
    starts = np.column_stack([places, np.full(len(places), 1e-4)])
    stopped = rays.blocked(starts, np.repeat(direction[None], len(places), axis=0))
    # Who stands inside meets the roof.
    assert stopped.tolist() == shapely.contains_xy(shadow, places).tolist()


def test_shadows_of_a_town_on_the_map_are_where_its_rays_are_stopped() -> None:
    prisms = town(200)
    when = datetime(2027, 1, 20, 1, 30, tzinfo=UTC).timestamp()
    (direction,) = sun_at(np.array([when]), *ANCHOR).directions
    shadow = to_plane(shadow_polygons(prisms, FRAME, direction), FRAME)
    places = np.random.default_rng(5).uniform(-300, 300, (4000, 2))
    stopped = Scene.of(prisms, ANCHOR).rays.blocked(
        np.column_stack([places, np.zeros(len(places))]), np.repeat(direction[None], len(places), axis=0)
    )
    near_edge = shapely.distance(shapely.boundary(shadow), shapely.points(places)) < 0.05
    agree = stopped == shapely.contains_xy(shadow, places)
    assert agree[~near_edge].all()
    assert 0.2 < stopped.mean() < 0.9


def test_shadows_lie_on_the_map_to_a_centimetre() -> None:
    prisms = blocks([box(-20, -10, 20, 10)], [80.0])
    shadow = shadow_polygons(prisms, FRAME, towards(180, 30))
    expected = on_the_map(box(-20, -10, 20, 10 + 80 / np.tan(np.radians(30))))
    assert shapely.hausdorff_distance(to_plane(shadow, FRAME), to_plane(expected, FRAME)) < 0.01
