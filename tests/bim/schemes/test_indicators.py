"""Indicators of authored boxes by closed form, and verdicts on them."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import shapely
from designs import PLACE, box
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.schemes.figures import Figure, Known, unknown
from bim.schemes.indicators import Ground, Massing, ellipsoidal_area, measure
from bim.schemes.rules import RULES, Limits, judge, limits_of
from layers.errors import ParameterError
from layers.title import Title

A_M, F = 6378137.0, 1 / 298.257222101
SAID = Title("", "")
SITE = box(0, 0, 100, 80)


def massing(key: str, *sides: float, top: float | None = 24.0, storeys: float | None = 6.0, **more: Any) -> Massing:
    outline = box(*sides)  # type: ignore[arg-type]
    area = ellipsoidal_area(outline)
    known = unknown("无", "none") if storeys is None else Known(storeys, SAID)
    floor_area = unknown("无层数", "no storeys") if storeys is None else Known(storeys * area, SAID)
    return replace(Massing(key, "", outline, 0.0, top, known, floor_area), **more)


def figures(*massings: Massing, site: Any = SITE, green: Any = None, place_m: float | None = None) -> dict[str, Figure]:
    ground = Ground(site, green, SAID, place_m)
    return {figure.name: figure for figure in measure(ground, massings)}


def values(*massings: Massing, **more: Any) -> dict[str, float | None]:
    return {name: figure.value for name, figure in figures(*massings, **more).items()}


def zone_m2(south: float, north: float, west: float, east: float) -> float:
    """Return the area between two parallels and two meridians: Snyder, Map projections (1987), 3-11 and 3-12."""
    e2 = F * (2 - F)
    e = math.sqrt(e2)

    def q(latitude: float) -> float:
        sin = math.sin(math.radians(latitude))
        return (1 - e2) * (sin / (1 - e2 * sin * sin) + math.atanh(e * sin) / e)

    return A_M**2 * math.radians(east - west) / 2 * (q(north) - q(south))


def test_the_area_of_a_box_of_degrees_is_that_of_its_zone_of_the_ellipsoid() -> None:
    west, south = PLACE
    shape = shapely.box(west, south, west + 0.001, south + 0.0008)
    assert ellipsoidal_area(shape) == pytest.approx(zone_m2(south, south + 0.0008, west, west + 0.001), rel=1e-6)
    holed = shape - shapely.box(west + 0.0002, south + 0.0002, west + 0.0004, south + 0.0004)
    hole = zone_m2(south + 0.0002, south + 0.0004, west + 0.0002, west + 0.0004)
    assert ellipsoidal_area(holed) == pytest.approx(ellipsoidal_area(shape) - hole, rel=1e-6)


def test_boxes_have_the_indicators_that_they_are_drawn_with() -> None:
    green = box(0, 70, 100, 80)
    found = values(massing("tower", 10, 10, 30, 40), massing("hall", 50, 20, 90, 40, top=9.0, storeys=2.0), green=green)
    assert found == pytest.approx(
        {
            "site_area_m2": 8000.0, "buildings": 2.0, "footprint_m2": 1400.0, "density_pct": 17.5,
            "floor_area_m2": 600 * 6 + 800 * 2, "far": 5200 / 8000, "height_m": 24.0, "storeys": 6.0,
            "green_m2": 1000.0, "green_pct": 12.5, "setback_m": 10.0, "setback_north_m": 40.0, "setback_east_m": 10.0,
            "setback_south_m": 10.0, "setback_west_m": 10.0, "spacing_m": 20.0, "beyond_site_m2": 0.0,
        },
        rel=2e-6, abs=1e-6,
    )  # fmt: skip


def test_what_stands_on_something_else_covers_nothing_more() -> None:
    found = values(massing("podium", 10, 10, 60, 60, storeys=3.0), massing("tower", 20, 20, 40, 40, storeys=10.0))
    assert found["footprint_m2"] == pytest.approx(2500, rel=2e-6)
    assert found["floor_area_m2"] == pytest.approx(7500 + 4000, rel=2e-6)
    assert found["spacing_m"] is None, "they are one"


def test_storeys_are_counted_from_the_ground_up_where_one_stands_on_another() -> None:
    podium = massing("podium", 10, 10, 60, 60, top=15.0, storeys=3.0)
    tower = massing("tower", 20, 20, 40, 40, top=55.0, storeys=10.0, base_m=15.0)
    crown = massing("crown", 25, 25, 30, 30, top=63.0, storeys=2.0, base_m=55.0)
    beside = massing("bridge", 60, 10, 80, 15, top=40.0, storeys=4.0, base_m=15.0)
    assert values(crown, tower, podium)["storeys"] == 15.0
    assert values(podium, beside)["storeys"] == 4.0, "it only touches"
    assert values(tower)["storeys"] == 10.0


def test_green_under_buildings_and_beyond_the_site_does_not_count() -> None:
    found = values(massing("a", 0, 0, 50, 10), green=box(-50, 0, 100, 20))
    assert found["green_m2"] == pytest.approx(2000 - 500, rel=1e-5)


def test_a_building_beyond_one_side_is_below_zero_there_by_how_far_it_reaches() -> None:
    outside = values(massing("a", 40, 91, 60, 113))
    assert outside["setback_north_m"] == pytest.approx(-33.0, abs=1e-4)
    assert outside["setback_m"] == pytest.approx(-33.0, abs=1e-4)
    straddling = values(massing("a", 40, 60, 60, 85), massing("b", 10, 10, 20, 20))
    assert straddling["setback_north_m"] == pytest.approx(-5.0, abs=1e-4)
    assert straddling["setback_south_m"] == pytest.approx(10.0, abs=1e-4)
    assert straddling["setback_east_m"] == pytest.approx(40.0, abs=1e-4)


def test_a_building_that_reaches_beyond_the_site_has_a_setback_below_zero() -> None:
    found = values(massing("out", 80, 10, 103, 30))
    assert found["setback_m"] == pytest.approx(-3.0, abs=1e-5)
    assert found["beyond_site_m2"] == pytest.approx(60.0, rel=1e-5)


def test_sides_are_told_by_where_they_face() -> None:
    plane_turn = math.radians(30)
    turned = shapely.affinity.rotate(shapely.box(0, 0, 100, 80), 30, origin=(0, 0))
    inner = shapely.affinity.rotate(shapely.box(4, 5, 93, 72), 30, origin=(0, 0))
    from designs import PLANE

    site, outline = PLANE.to_map(np.array([turned, inner], dtype=object))
    found = values(replace(massing("a", 0, 0, 1, 1), outline=outline), site=site)
    assert math.cos(plane_turn) > 0
    assert [found[f"setback_{side}_m"] for side in ("north", "east", "south", "west")] == pytest.approx(
        [8.0, 7.0, 5.0, 4.0], abs=1e-4
    )


def test_a_side_that_no_border_faces_is_unknown() -> None:
    from designs import PLANE

    (triangle,) = PLANE.to_map(np.array([shapely.Polygon([(0, 0), (100, 0), (0, 100)])], dtype=object))
    found = figures(massing("a", 10, 10, 20, 20), site=triangle)
    unfaced = [side for side in ("north", "east", "south", "west") if found[f"setback_{side}_m"].value is None]
    assert len(unfaced) == 1
    assert "no side" in found[f"setback_{unfaced[0]}_m"].basis.en


def test_what_is_not_stated_is_unknown_and_says_of_what() -> None:
    found = figures(massing("a", 0, 0, 9, 9, storeys=None, name="甲"), massing("b", 20, 0, 29, 9, top=None))
    assert found["far"].value is None
    assert found["far"].basis.en == "unknown: 甲: no storeys"
    assert found["height_m"].basis.en == "unknown: the height of b is missing"
    assert found["storeys"].value is None
    assert found["green_pct"].value is None


def test_an_empty_site_is_measured_too() -> None:
    found = values()
    assert (found["footprint_m2"], found["far"], found["height_m"]) == (0.0, 0.0, 0.0)
    assert found["setback_m"] is found["spacing_m"] is None


def judged(limits: dict[str, float], **more: Any) -> dict[str, Any]:
    made = figures(massing("tower", 10, 10, 30, 40), **more)
    said = Limits(limits, "公告", datetime(2026, 1, 1, tzinfo=UTC), SAID)
    return {verdict.rule.id: verdict for verdict in judge(made.values(), said)}


def test_limits_are_kept_up_to_themselves_and_broken_beyond() -> None:
    for limit, state, margin in ((24.0, "meets", 0.0), (24.1, "meets", 0.1), (23.9, "breaks", -0.1)):
        verdict = judged({"max_height_m": limit})["max_height_m"]
        assert (verdict.state, verdict.margin) == (state, pytest.approx(margin))
    assert judged({"min_setback_m": 10.5})["min_setback_m"].state == "breaks"
    assert judged({"min_green_pct": 10})["min_green_pct"].state == "unknown"
    assert judged({}) == {}


def test_a_margin_inside_of_the_uncertainty_is_in_doubt() -> None:
    assert judged({"min_setback_m": 9.5}, place_m=1.0)["min_setback_m"].in_doubt
    assert not judged({"min_setback_m": 8.5}, place_m=1.0)["min_setback_m"].in_doubt
    assert not judged({"min_setback_m": 9.5})["min_setback_m"].in_doubt
    document = judged({"min_setback_m": 9.5}, place_m=1.0)["min_setback_m"].json()
    assert (document["source"], document["date"], document["uncertainty"]) == ("公告", "2026-01-01T00:00:00Z", 1.0)


@pytest.mark.parametrize("value", [-1, math.inf, math.nan, "60", True, None, 1e9])
def test_a_limit_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="max_height_m"):
        limits_of({"max_height_m": value})


def test_an_unknown_limit_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ParameterError, match=r"no limit max_heigth_m; there are max_height_m"):
        limits_of({"max_heigth_m": 3})


def test_every_rule_is_of_an_indicator() -> None:
    names = figures().keys()
    assert {rule.indicator for rule in RULES} <= names


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, 60), st.integers(1, 20), st.integers(1, 20)),
        min_size=1,
        max_size=6,
    )
)
def test_shares_stay_in_their_bounds(boxes: list[tuple[int, int, int, int]]) -> None:
    made = [massing(str(n), x, y, x + w, y + h) for n, (x, y, w, h) in enumerate(boxes)]
    found = values(*made, green=SITE)
    assert 0 < found["density_pct"] <= 100 + 1e-6  # type: ignore[operator]
    assert found["density_pct"] + found["green_pct"] == pytest.approx(100, abs=1e-4)  # type: ignore[operator]
    assert found["far"] >= 6 * found["density_pct"] / 100 - 1e-8  # type: ignore[operator]
    assert -1e-6 <= found["setback_m"] <= 40  # type: ignore[operator]
