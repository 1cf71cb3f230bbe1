"""How far fragments fly, and the ground to keep free."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from twin.scenarios.wind.risk import keepout
from twin.scenarios.wind.risk.keepout import FallingThings

GLASS = keepout.missiles()["facade"]
HEIGHTS, GUSTS = st.floats(1, 640), st.floats(0, 65)


def things(kind: str = "facade", height: float = 60.0, gust: float = 35.0, from_deg: float = 270.0) -> FallingThings:
    outline = np.array([shapely.box(0, 0, 30, 30)], dtype=object)
    return FallingThings(kind, outline, np.array([height]), np.array([gust]), np.array([from_deg]))


def test_without_wind_a_fragment_falls_straight_down() -> None:
    assert keepout.reach_m(GLASS, [10.0, 100.0], 0.0).tolist() == [0.0, 0.0]
    assert keepout.reach_m(GLASS, 0.0, 40.0) == 0.0


def test_in_a_short_fall_the_reach_is_that_of_constant_drag() -> None:
    # From 5 m the fall lasts a second, so drag is nearly that of the gust on a plate at rest: x = ½ a t².
    t = np.sqrt(2 * 5.0 / keepout.GRAVITY)
    at_rest = 0.5 * GLASS.drag_per_mass * 10.0**2 * t**2
    assert keepout.reach_m(GLASS, 5.0, 10.0) == pytest.approx(at_rest, rel=0.15)


def test_a_half_step_changes_the_reach_by_less_than_a_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = keepout.reach_m(GLASS, [20.0, 100.0, 400.0], 40.0)
    monkeypatch.setattr(keepout, "_STEP_S", 0.05)
    assert keepout.reach_m(GLASS, [20.0, 100.0, 400.0], 40.0) == pytest.approx(coarse, rel=0.01)


@settings(max_examples=40, deadline=None)
@given(HEIGHTS, HEIGHTS, GUSTS, GUSTS)
def test_the_reach_rises_with_height_and_gust(one: float, other: float, low: float, high: float) -> None:
    h, v = sorted((one, other)), sorted((low, high))
    reach = keepout.reach_m(GLASS, [h[0], h[1], h[0], h[1]], [v[0], v[0], v[1], v[1]])
    slack = 1e-6 + 1e-3 * reach.max()  # landing is found to a fraction of a step
    assert reach[0] <= reach[1] + slack
    assert reach[0] <= reach[2] + slack
    assert reach[2] <= reach[3] + slack


@settings(max_examples=25, deadline=None)
@given(st.floats(5, 300), st.floats(1, 1.8), st.floats(5, 40), st.floats(1, 1.5), st.floats(0, 359))
def test_the_zone_of_less_lies_in_that_of_more(
    height: float, taller: float, gust: float, stronger: float, from_deg: float
) -> None:
    less = keepout.keepout_zones(things("sign", height, gust, from_deg))[0]
    more = keepout.keepout_zones(things("sign", height * taller, gust * stronger, from_deg))[0]
    assert more.buffer(0.5).covers(less)


def test_the_zone_lies_downwind_of_the_outline_and_holds_it() -> None:
    zone = keepout.keepout_zones(things(from_deg=270.0))[0]  # from the west
    west, _, east, _ = zone.bounds
    assert zone.covers(shapely.box(0, 0, 30, 30))
    assert west == pytest.approx(-6.0, abs=0.1)
    assert east == pytest.approx(36.0 + float(keepout.reach_m(GLASS, 60.0, 35.0)), abs=0.1)


def test_the_calm_margin_is_that_of_the_height() -> None:
    assert keepout.calm_radius_m([2, 5, 6, 15, 20, 30, 200]).tolist() == [3, 3, 4, 4, 5, 5, 6]


def test_a_tree_falls_its_own_height_and_a_crane_the_length_of_its_jib() -> None:
    at = keepout.outlines_of_points([0.0], [0.0], [1.0])
    number = np.array([1.0])
    tree = FallingThings("tree", at, 12 * number, 30 * number, 0 * number)
    crane = FallingThings("tower_crane", at, 40 * number, 30 * number, 0 * number, 60 * number)
    assert keepout.keepout_zones(tree)[0].bounds[2] == pytest.approx(12.5, abs=0.1)
    assert keepout.keepout_zones(crane)[0].bounds[2] == pytest.approx(60.5, abs=0.3)


def test_light_panels_fly_farther_than_glass_and_have_the_higher_tachikawa_number() -> None:
    sign = keepout.missiles()["sign"]
    assert sign.tachikawa(40.0) == pytest.approx(1.25 * 1600 / (2 * 10 * 9.81))
    assert sign.tachikawa(40.0) > GLASS.tachikawa(40.0)
    assert keepout.reach_m(sign, 50.0, 30.0) > keepout.reach_m(GLASS, 50.0, 30.0)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="'street'"):
        keepout.keepout_zones(things("street"))
