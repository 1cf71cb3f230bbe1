"""Views among boxes, by closed forms: what hides what, and how high it stands over the horizon."""

import numpy as np
import pytest
import shapely
from blocks import ANCHOR, FRAME, blocks, on_the_map, town
from hypothesis import given
from hypothesis import strategies as st

from bim.review import (
    Placing,
    Scene,
    cells_polygon,
    facade_points,
    ground_points,
    landmark_shares,
    sight,
    skyline,
    to_enu,
    to_plane,
    viewshed,
)
from layers.errors import InputError

# A wall 40 m wide and 20 m high, 30 to 32 m north of the eye.
WALL = blocks([shapely.box(-20, 30, 20, 32)], [20.0])
EYE = np.array([0.0, 0.0, 1.6])


def scene(*prisms: object) -> Scene:
    made = Scene.empty(ANCHOR)
    for one in prisms:
        made = made.with_prisms(one)  # type: ignore[arg-type]
    return made


def test_a_line_of_sight_is_stopped_by_a_wall_and_passes_over_it() -> None:
    # Over the near edge the line is 20 m high where it ends at 1.6 + (20 - 1.6) * 60 / 30 = 38.4 m over 60 m; the far
    # edge asks for 36.1 m.
    ends = np.array([[0.0, 60.0, 38.3], [0.0, 60.0, 38.5], [50.0, 60.0, 1.6]])
    found = sight(scene(WALL), np.tile(EYE, (3, 1)), ends)
    assert found.free.tolist() == [False, True, True]
    assert found.blocked_by.tolist() == ["buildings/0", "", ""]
    assert found.at[0] == pytest.approx([0.0, 30.0, 19.95], abs=1e-3)
    assert found.at[1] == pytest.approx(ends[1])


def test_a_place_on_a_wall_is_seen_though_the_wall_is_there() -> None:
    found = sight(scene(WALL), EYE[None], np.array([[3.0, 30.0, 10.0]]))
    assert found.free.tolist() == [True]


def test_the_curvature_of_the_earth_is_in_the_way_of_eyes_that_are_far_apart() -> None:
    # Between eyes 1.6 m high the ground rises by d² / 8R: 1.26 m over 8 km, 1.96 m over 10 km.
    frame = Scene.empty(ANCHOR).frame
    for metres, is_free in ((8_000.0, True), (10_000.0, False)):
        ends = shapely.get_coordinates(on_the_map(shapely.points([[0.0, -metres / 2], [0.0, metres / 2]])))
        one, two = (to_enu(np.array([[*lonlat, 1.6]]), frame) for lonlat in ends)
        found = sight(scene(), one, two)
        assert found.free.tolist() == [is_free]
        assert found.blocked_by.tolist() == ["" if is_free else "ground"]
        if not is_free:
            assert abs(scene().geodetic(found.at)[0, 2]) < 0.03


def test_in_an_empty_scene_everything_is_seen() -> None:
    found = sight(scene(), EYE[None], np.array([[0.0, 100.0, 1.0]]))
    assert (found.free.tolist(), found.blocked_by.tolist()) == ([True], [""])


OFF = np.array([0.3137, 0.2718, 0.1618])
PLACE = st.tuples(st.integers(-150, 150), st.integers(-150, 150), st.integers(0, 120))


# Off the lines on which boxes stand in rows: whether a side that a ray only touches is met, single precision decides.
@given(PLACE, PLACE)
def test_whoever_sees_is_seen(first: tuple[int, int, int], second: tuple[int, int, int]) -> None:
    one, two = np.array([first]) + OFF, np.array([second]) + OFF
    up = np.array([[0.0, 0.0, 1.0]])
    if not TOWN.rays.blocked(one, up)[0] and not TOWN.rays.blocked(two, up)[0]:
        assert sight(TOWN, one, two).free.tolist() == sight(TOWN, two, one).free.tolist()


TOWN = Scene.of(town(60), ANCHOR)


def test_the_viewshed_lacks_the_wedge_behind_a_wall() -> None:
    spacing = 2.0
    area = shapely.Point(0, 0).buffer(100)
    grid = ground_points(on_the_map(area), spacing, FRAME, WALL)
    points = grid.points + np.array([0, 0, 0.5])
    seen = viewshed(scene(WALL), EYE, points)
    # The wall hides what is between the lines over its near corners, from its back on.
    corner = 20 / 30
    x, y = grid.points[:, 0], grid.points[:, 1]
    hidden = (y > 30) & (np.abs(x) < corner * y)
    unsure = np.abs(np.abs(x) - corner * y) < 0.1
    assert (seen == ~hidden)[~unsure].all()
    polygon = to_plane(cells_polygon(scene(WALL), grid.points[seen], spacing), FRAME)
    assert polygon.is_valid
    assert polygon.area == pytest.approx(seen.sum() * spacing**2, rel=1e-6)
    assert not shapely.contains_xy(polygon, 0, 60).item()


def test_cells_that_are_seen_nowhere_are_an_empty_polygon() -> None:
    assert cells_polygon(scene(), np.empty((0, 3)), 2.0).is_empty


def test_of_a_landmark_behind_a_wall_that_is_seen_which_rises_over_it() -> None:
    tower = blocks([shapely.box(-5, 60, 5, 70)], [100.0])
    points = facade_points(tower, Placing(sill_m=0.5, spacing_m=2.0, storey_m=1.0, all_storeys=True), FRAME)
    eyes = np.array([EYE, [0.0, 65.0, 50.0], [300.0, 65.0, 1.6]])
    shares = landmark_shares(scene(WALL, tower), eyes, points)
    # From the middle, the wall hides the front up to 1.6 + 18.4 · 60 / 30 = 38.4 m: storeys at 0.5, 1.5, … 37.5.
    assert shares[0] == pytest.approx(62 / 100, abs=0.011)
    assert shares[1] == 0.0, "from within nothing is seen"
    assert shares[2] == 1.0, "from the side nothing is before it"


def test_the_skyline_has_walls_as_high_as_the_closed_form() -> None:
    found = skyline(scene(WALL), EYE, 1.0)
    corner = np.degrees(np.arctan2(20, 30))
    for azimuth, elevation, distance, owner in zip(*found, strict=True):
        off = (azimuth + 180) % 360 - 180
        if abs(off) < corner:
            expected = 30 / np.cos(np.radians(off))
            assert distance == pytest.approx(expected, rel=1e-4)
            assert elevation == pytest.approx(np.degrees(np.arctan2(20 - 1.6, expected)), abs=0.01)
            assert owner == "buildings/0"
        elif abs(off) > corner + 1:
            assert (elevation, distance, owner) == (0.0, np.inf, "")


def test_of_two_towers_in_a_row_the_one_that_stands_higher_over_the_horizon_makes_the_skyline() -> None:
    pair = blocks([shapely.box(-10, 50, 10, 60), shapely.box(-10, 100, 10, 110)], [30.0, 100.0])
    found = skyline(scene(pair), EYE, 0.5)
    assert found.owners[0] == "buildings/1"
    assert found.elevation_deg[0] == pytest.approx(np.degrees(np.arctan2(98.4, 100)), abs=0.01)
    beside = round(8.0 / 0.5)
    assert found.owners[beside] == "buildings/0", "the farther one is narrower"


@given(st.integers(-150, 150), st.integers(-150, 150), st.floats(1, 90))
def test_no_ray_meets_anything_just_over_the_skyline_and_some_do_just_under_it(x: int, y: int, z: float) -> None:
    eye = np.array([x + 0.3137, y + 0.2718, z])
    if TOWN.rays.blocked(eye[None], np.array([[0.0, 0.0, 1.0]]))[0]:
        return
    found = skyline(TOWN, eye, 5.0)
    azimuth = np.radians(found.azimuth_deg)

    def meets(by_deg: float) -> np.ndarray:
        slope = np.tan(np.radians(np.minimum(found.elevation_deg + by_deg, 89.9)))
        rays = np.column_stack([np.sin(azimuth), np.cos(azimuth), slope])
        return TOWN.rays.blocked(np.tile(eye, (len(rays), 1)), rays)

    built = found.elevation_deg > 0.1
    # Right at the foot of a wall its top is so near the zenith that no angle is left over it.
    assert not meets(0.02)[found.elevation_deg < 89.0].any()
    # A corner that is only touched is met or not, as single precision has it.
    assert meets(-0.02)[built].sum() >= built.sum() - 2


def test_under_a_bridge_there_is_no_skyline() -> None:
    bridge = blocks([shapely.box(-10, -10, 10, 10)], [8.0], base=5.0)
    with pytest.raises(InputError, match="in or under buildings/0"):
        skyline(scene(bridge), EYE, 1.0)


def test_over_an_empty_plain_the_skyline_is_the_horizon() -> None:
    found = skyline(scene(), EYE, 10.0)
    assert found.elevation_deg.tolist() == [0.0] * 36
    assert set(found.owners.tolist()) == {""}
