"""Sunlight against closed forms: the shadow of a box, authored series of sun, walls that look north."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from blocks import ANCHOR, FRAME, blocks, on_the_map, town
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bim.review import Placing, SamplePoints, Scene, facade_points, ground_points, read_rules, sun_at, sunlight, sunlit
from bim.review.sunlight import counted_minutes, segments_of

RULE = read_rules()["cn-great-cold-2h"]
HEIGHT = 80.0
TOWER = blocks([shapely.box(-20, -10, 20, 10)], [HEIGHT])


def at(*places: tuple[float, float, float], looking: tuple[float, float, float] = (0, 0, 0)) -> SamplePoints:
    count = len(places)
    normals = np.tile(np.array(looking, float), (count, 1))
    nobody, ground = np.full(count, ""), np.zeros(count, np.int64)
    return SamplePoints(np.array(places, float), normals, nobody, ground, np.zeros(count), np.zeros((count, 3)))


def south_east_corner_shadow(hour: int) -> tuple[np.ndarray, float]:
    """Return the direction of shadows on the ground and how long that of the tower is, by the closed form."""
    when = datetime(2027, 1, 20, hour - 8, 0, tzinfo=UTC).timestamp()
    sun = sun_at(np.array([when]), *ANCHOR)
    azimuth, elevation = np.radians(sun.azimuth_deg[0]), np.radians(sun.elevation_deg[0])
    return -np.array([np.sin(azimuth), np.cos(azimuth)]), HEIGHT / np.tan(elevation)


@pytest.mark.parametrize("hour", [9, 11, 12, 14, 15])
def test_the_shadow_of_a_box_ends_where_the_closed_form_has_it_to_a_centimetre(hour: int) -> None:
    away, length = south_east_corner_shadow(hour)
    when = datetime(2027, 1, 20, hour - 8, 0, tzinfo=UTC).timestamp()
    towards = sun_at(np.array([when]), *ANCHOR).directions
    # A line of shadow that starts under the middle of the roof leaves it at its edge: the roof's far edge decides.
    rays = Scene.of(TOWER, ANCHOR).rays
    corner = np.array([20.0 if away[0] > 0 else -20.0, 10.0])
    inner = corner - np.sign(corner) * 1e-3

    def lit(metres: float) -> bool:
        x, y = inner + away * metres
        return bool(sunlit(rays, at((x, y, 0.0)), towards)[0, 0])

    dark, light = length * 0.5, length * 1.5
    assert not lit(dark)
    assert lit(light)
    while light - dark > 1e-4:
        middle = (dark + light) / 2
        dark, light = (dark, middle) if lit(middle) else (middle, light)
    assert dark == pytest.approx(length, abs=0.01)


def test_a_wall_that_looks_north_has_no_sun_in_winter_and_one_that_looks_south_has_all() -> None:
    points = facade_points(TOWER, Placing(spacing_m=2.0), FRAME)
    found = sunlight(Scene.of(TOWER, ANCHOR), points, RULE, 2027)
    north, south = points.normals[:, 1] > 0.9, points.normals[:, 1] < -0.9
    assert found.minutes[north].tolist() == [0.0] * 20
    assert found.minutes[south].tolist() == [480.0] * 20
    assert found.meets.tolist() == (~north).tolist()
    east = points.normals[:, 0] > 0.9
    # The sun crosses the meridian, which is the plane of that wall, at noon by its own clock.
    assert found.minutes[east] == pytest.approx(239.0, abs=1.1)


def test_a_wall_opposite_takes_the_sun_that_the_closed_form_takes() -> None:
    # A long wall to the south: the sun shows over it where tan(elevation) > height · cos(azimuth) / distance.
    distance, height = 40.0, 30.0
    wall = blocks([shapely.box(-200, -60, 200, -distance)], [height])
    points = at((0.0, 0.0, 0.0), looking=(0, 1, 0))
    points = replace(points, normals=-points.normals)
    found = sunlight(Scene.of(wall, ANCHOR), points, RULE, 2027)
    sun = sun_at(found.instants, *ANCHOR)
    azimuth, elevation = np.radians(sun.azimuth_deg), np.radians(sun.elevation_deg)
    above = np.tan(elevation) > height * -np.cos(azimuth) / distance
    expected = np.flatnonzero(above)
    assert found.segments.first.tolist() == [expected[0]]
    assert found.segments.last.tolist() == [expected[-1]]
    assert 0 < found.minutes[0] < 480


def test_sun_that_meets_the_wall_at_less_than_the_sweep_angle_does_not_enter() -> None:
    points = at((0, 0, 0), looking=(0, -1, 0))
    south = np.radians([91.0, 101.0, 103.0, 180.0, 257.0, 259.0, 90.0])
    sun = np.column_stack([np.sin(south), np.cos(south), np.full(len(south), 1.0)])
    lit = sunlit(Scene.empty(ANCHOR).rays, points, sun, 12.0)
    assert lit[0].tolist() == [False, False, True, True, True, False, False]
    assert sunlit(Scene.empty(ANCHOR).rays, points, sun)[0].tolist() == [True] * 6 + [False]


def test_a_sun_below_the_horizon_does_not_shine() -> None:
    sun = np.array([[0.0, -1.0, 0.01], [0.0, -1.0, -0.01]])
    assert sunlit(Scene.empty(ANCHOR).rays, at((0, 0, 0)), sun)[0].tolist() == [True, False]


#: From one sunlit minute to the next is a minute of sun.
SERIES = "1111110000111011110001"


@pytest.mark.parametrize(
    ("count", "longest_segments", "least", "minutes"),
    [
        ("sum", None, 0, 5 + 2 + 3),
        ("sum", None, 3, 5 + 3),
        ("sum", 2, 0, 5 + 3),
        ("sum", 1, 0, 5),
        ("longest", None, 0, 5),
        ("longest", None, 6, 0),
    ],
)
def test_segments_count_as_the_rule_says(
    count: str, longest_segments: int | None, least: float, minutes: float
) -> None:
    rule = replace(RULE, count=count, longest_segments=longest_segments, least_segment_min=least)  # type: ignore[arg-type]
    lit = np.array([[sign == "1" for sign in SERIES], [False] * len(SERIES), [True] * len(SERIES)])
    segments = segments_of(lit, rule)
    found = counted_minutes(segments, 3, rule)
    assert found.tolist() == [minutes, 0, len(SERIES) - 1]


@given(arrays(bool, (5, 40)), st.integers(1, 4), st.integers(0, 6))
def test_minutes_are_those_that_one_counts_by_hand(lit: np.ndarray, most: int, least: int) -> None:
    rule = replace(RULE, longest_segments=most, least_segment_min=float(least), step_min=2.0)
    found = counted_minutes(segments_of(lit, rule), len(lit), rule)
    for row, minutes in zip(lit, found, strict=True):
        runs = ["1" * len(run) for run in "".join("1" if one else "0" for one in row).split("0") if len(run) > 1]
        lengths = sorted((2 * (len(run) - 1) for run in runs), reverse=True)
        assert minutes == sum([length for length in lengths if length >= least][:most])


def test_points_of_a_facade_stand_at_the_sill_of_each_storey_before_their_wall() -> None:
    block = blocks([shapely.box(0, 0, 10, 6)], [9.5])
    points = facade_points(block, Placing(sill_m=0.9, spacing_m=2.0, storey_m=3.0, all_storeys=True), FRAME)
    assert len(points) == (5 + 5 + 3 + 3) * 3
    assert sorted(set(np.round(points.points[:, 2], 3))) == pytest.approx([0.9, 3.9, 6.9], abs=1e-3)
    outline = shapely.box(0, 0, 10, 6)
    away = shapely.distance(outline, shapely.points(points.points[:, :2]))
    assert away == pytest.approx(0.005, abs=1e-5)
    further = shapely.distance(outline, shapely.points(points.points[:, :2] + points.normals[:, :2]))
    assert (further > 1.0).all()
    assert set(points.storeys.tolist()) == {1, 2, 3}
    assert set(points.owners.tolist()) == {"buildings/0"}


def test_walls_of_a_court_look_into_it() -> None:
    court = shapely.Polygon(shapely.box(-30, -30, 30, 30).exterior, [shapely.box(-10, -10, 10, 10).exterior])
    points = facade_points(blocks([court], [20.0]), Placing(spacing_m=5.0), FRAME)
    before = shapely.points(points.points[:, :2] + points.normals[:, :2])
    assert not shapely.intersects(court, before).any()
    assert len(points) == 4 * 12 + 4 * 4


def test_a_party_wall_has_no_points_but_above_the_lower_neighbour() -> None:
    pair = blocks([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], [12.0, 6.0])
    points = facade_points(pair.chosen([0]), Placing(storey_m=3.0, all_storeys=True), FRAME, pair)
    east = points.normals[:, 0] > 0.9
    assert sorted(set(np.round(points.points[east, 2], 1))) == [6.9, 9.9]


def test_a_grid_on_the_ground_leaves_out_what_is_built_on_but_not_what_is_built_over() -> None:
    ground = blocks([shapely.box(0, 0, 10, 10)], [20.0])
    bridge = blocks([shapely.box(20, 0, 30, 10)], [20.0], base=5.0)
    area = on_the_map(shapely.box(-5.5, -5.5, 34.5, 14.5))
    points = ground_points(area, 2.0, FRAME, ground.joined(bridge))
    places = shapely.points(points.points[:, :2])
    assert not shapely.intersects(shapely.box(0, 0, 10, 10), places).any()
    assert shapely.intersects(shapely.box(20, 0, 30, 10), places).sum() == 25
    assert len(points) == pytest.approx(200 - 25, abs=1)
    assert points.points[:, 2] == pytest.approx(0.0, abs=1e-3)


def test_higher_buildings_never_leave_more_sun() -> None:
    prisms = town(60)
    points = facade_points(prisms.chosen(np.arange(10)), Placing(spacing_m=5.0), FRAME, prisms)
    rule = replace(RULE, step_min=10.0)
    now = sunlight(Scene.of(prisms, ANCHOR), points, rule, 2027).minutes
    higher = sunlight(Scene.of(prisms.scaled(1.2), ANCHOR), points, rule, 2027).minutes
    assert (higher <= now + 1e-9).all()
    assert higher.sum() < now.sum()


def test_a_podium_that_is_raised_does_not_swallow_the_windows_of_the_slab_on_it() -> None:
    podium, slab = shapely.box(-30, -30, 30, 30), shapely.box(-10, -10, 10, 10)
    prisms = blocks([podium], [30.0]).joined(replace(blocks([slab], [90.0], base=30.0), owners=np.array(["slab"])))
    points = facade_points(prisms.chosen([1]), Placing(spacing_m=4.0), FRAME, prisms)
    rule = replace(RULE, step_min=10.0)
    found = [
        sunlight(Scene.of(prisms.scaled(one), ANCHOR), points.scaled(one), rule, 2027).minutes for one in (1.0, 1.1)
    ]
    assert found[0].tolist() == found[1].tolist()
    assert found[0].max() == 480.0


def test_a_full_window_has_sun_while_both_ends_of_its_sill_have() -> None:
    # A post right before the window: its shadow is on one half of it in the morning, and on the other after noon.
    post = blocks([shapely.box(-0.5, -3.0, 0.5, -2.0)], [50.0])
    scene = Scene.of(post, ANCHOR)
    middle = at((0, 0, 1), looking=(0, -1, 0))
    window = replace(middle, halves=np.array([[2.0, 0.0, 0.0]]))
    found = {
        name: sunlight(scene, points, RULE, 2027).segments
        for name, points in {
            "whole": window,
            "west": replace(middle, points=middle.points - window.halves),
            "east": replace(middle, points=middle.points + window.halves),
        }.items()
    }
    lit = {
        name: {step for first, last in zip(part.first, part.last, strict=True) for step in range(first, last + 1)}
        for name, part in found.items()
    }
    assert lit["whole"] == lit["west"] & lit["east"]
    assert 0 < len(lit["whole"]) < min(len(lit["west"]), len(lit["east"]))


def test_a_window_does_not_reach_round_the_corner_of_its_wall() -> None:
    points = facade_points(blocks([shapely.box(0, 0, 10, 1)], [3.0]), Placing(spacing_m=1.0, window_m=1.8), FRAME)
    ends = np.concatenate([points.points - points.halves, points.points + points.halves])
    assert shapely.distance(shapely.box(0, 0, 10, 1), shapely.points(ends[:, :2])) == pytest.approx(0.005, abs=1e-5)
    width = 2 * np.linalg.norm(points.halves, axis=1)
    south = points.normals[:, 1] < -0.9
    assert width[south] == pytest.approx(1.8)
    assert width[np.abs(points.normals[:, 0]) > 0.9] == pytest.approx(1.0)


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    points = facade_points(TOWER, Placing(spacing_m=0.25), FRAME)
    sunlight(Scene.of(TOWER, ANCHOR), points, RULE, 2027, lambda done, total: told.append((done, total)))
    assert told[-1] == (len(points), len(points))
    assert len(told) > 1


def test_the_day_of_the_answer_is_that_of_the_year_asked_for() -> None:
    found = sunlight(Scene.of(TOWER, ANCHOR), at((0, 50, 0)), RULE, 2026)
    assert datetime.fromtimestamp(found.instants[240], UTC).date() == date(2026, 1, 20)
