"""From arrays to ranked sentences."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely

from layers.errors import InputError
from twin.hazard import Exposure, Level
from twin.scenarios.wind.block import Block
from twin.scenarios.wind.risk.facade import FacadeCells, eta, facade_cells
from twin.scenarios.wind.risk.impact import (
    FacadeLoad,
    ObjectLoad,
    PlaceLoad,
    facade_impacts,
    object_impacts,
    place_impacts,
    ranked,
    worst_over_steps,
    worst_together,
)
from twin.scenarios.wind.risk.pressure import design_gust_ms
from twin.scenarios.wind.terrain import Terrain

NOW = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Wind:
    time: datetime
    speed_ms: float
    from_deg: float
    sigma_ms: float = 0.0


WINDS = [Wind(NOW + timedelta(hours=i), 20.0, 315.0, 3.0) for i in range(3)]


def facades(share: float, ageing: float | None = None) -> tuple[FacadeCells, FacadeLoad]:
    """Return two towers in a wind from the north-west; the gust is a share of the design gust, worst in step 1."""
    blocks = [Block("buildings/1", shapely.box(0, 0, 40, 40), 0, 240), Block("b", shapely.box(99, 0, 130, 40), 0, 30)]
    turned = [Block(b.key, shapely.affinity.rotate(b.outline, 45, origin=(0, 0)), b.base_m, b.top_m) for b in blocks]
    cells = facade_cells(turned)
    gust = share * design_gust_ms(cells.z, Terrain.C) * np.where(cells.block == 0, 1.0, 0.5)
    steps = [gust * factor for factor in (0.8, 1.0, 0.9)]
    load, rows = worst_together((np.stack((eta(cells, WINDS[0], g, Terrain.C), g)) for g in steps), WINDS)
    return cells, FacadeLoad(load, rows[1], Terrain.C, ageing=None if ageing is None else np.full(2, ageing))


BUILDINGS = [Exposure("buildings/1", "building", "甲塔", 500.0, "物业", "1"), Exposure("b", "building", "乙楼")]


def test_a_facade_says_where_when_and_how_much() -> None:
    (found,) = facade_impacts(*facades(0.95), BUILDINGS)
    assert (found.key, found.level, found.at) == ("buildings/1", Level.ORANGE, WINDS[1].time)
    assert found.demand == pytest.approx(0.95**2, abs=0.001)
    assert "η=0.90" in found.reason.zh
    assert any(side in found.reason.zh for side in ("东北立面", "西南立面"))  # the sides of a wind from north-west
    assert "m/s" in found.reason.en
    assert found.evidence["cells"]["orange"] > 0
    assert (found.owner, found.people, found.screening) == ("物业", 500.0, True)
    json.dumps(found.evidence)


def test_the_uncertainty_is_that_of_the_square_of_wind_and_model() -> None:
    (found,) = facade_impacts(*facades(0.95), BUILDINGS)
    assert found.uncertainty == pytest.approx(found.demand * 2.0 * np.hypot(3.0 / 20.0, 0.20))


def test_height_bands_of_one_side_at_one_level_are_joined() -> None:
    (found,) = facade_impacts(*facades(0.95), BUILDINGS)
    assert (found.evidence["base_m"], found.evidence["top_m"]) == (0.0, 240.0)


def test_a_calm_day_and_an_empty_city_have_no_impacts() -> None:
    assert facade_impacts(*facades(0.3), BUILDINGS) == []


def test_old_sealant_raises_the_level_and_is_said() -> None:
    (found,) = facade_impacts(*facades(0.95, ageing=1.25), BUILDINGS)
    assert found.level is Level.RED
    assert "老化系数 1.25" in found.reason.zh
    assert "JGJ 102" in found.evidence["age_source"]


def test_podium_and_tower_of_one_key_are_one_building() -> None:
    cells, load = facades(1.9)
    assert len(facade_impacts(cells, load, BUILDINGS)) == 2
    same = [BUILDINGS[0], BUILDINGS[0]]
    assert [each.key for each in facade_impacts(cells, load, same)] == ["buildings/1"]


def objects(gusts: list[float], **row: object) -> list[object]:
    rows = [{"key": f"risk_sources/{i}", "kind": "sign", "name": f"牌{i}", **row} for i in range(len(gusts))]
    load = ObjectLoad(worst_over_steps([gusts], WINDS[:1]), 10.0, 2026)
    return list(object_impacts(rows, load))


def test_a_sign_is_worse_in_more_wind_and_when_it_is_old() -> None:
    new, old = objects([38.0], built_year=2024), objects([38.0], built_year=1990)
    assert new[0].demand < old[0].demand
    assert [each.level for each in objects([10.0, 26.0, 38.0, 60.0])] == [Level.BLUE, Level.ORANGE, Level.RED]


def test_nothing_dismantled_is_at_risk() -> None:
    assert objects([60.0], state="dismantled") == []


def test_work_stops_at_beaufort_six_by_a_standard() -> None:
    (crane,) = objects([11.0], kind="tower_crane", state="in_use")
    assert (crane.level, crane.screening) == (Level.BLUE, False)
    assert "停止高处作业" in crane.reason.zh
    assert objects([11.0], kind="tower_crane", state="idle") == []
    assert objects([10.7], kind="scaffold", state="in_use") == []


def test_an_unknown_state_counts_as_in_use_and_securing_a_crane_is_worth_it() -> None:
    (crane,) = objects([36.0], kind="tower_crane")
    assert crane.level is Level.RED
    assert crane.evidence["probability_secured"] < 0.05
    assert "once out of service" in crane.reason.en
    assert crane.screening


def test_a_kind_without_fragility_is_refused() -> None:
    with pytest.raises(InputError, match="'statue'"):
        objects([30.0], kind="statue")


def test_the_uncertainty_of_a_probability_is_its_slope_times_that_of_the_gust() -> None:
    (found,) = objects([40.0])
    low, high = objects([39.0])[0].demand, objects([41.0])[0].demand
    assert found.uncertainty == pytest.approx((high - low) / 2 * 40.0 * np.hypot(0.15, 0.20), rel=0.01)


def test_streets_and_places_have_the_level_of_their_gust() -> None:
    places = [
        Exposure("roads/1", "street", "世纪大道", 120.0),
        Exposure("gathering_places/1", "sky_deck", "观光层", 300.0),
        Exposure("gathering_places/2", "metro_exit", "2号口", 50.0),
        Exposure("roads/2", "street", "室内"),
    ]
    load = PlaceLoad(worst_over_steps([[21.0, 21.0, 9.0, np.nan]], WINDS[:1]), np.array([0.4, 1.0, 1.0, 0.0]))
    found = {each.key: each for each in place_impacts(places, load)}
    assert {key: each.level for key, each in found.items()} == {
        "roads/1": Level.ORANGE,
        "gathering_places/1": Level.YELLOW,
    }
    assert "40% 路段同级" in found["roads/1"].reason.zh
    assert found["roads/1"].evidence["share"] == 0.4


def test_the_worst_step_of_each_thing_is_found_with_what_goes_along() -> None:
    series = [np.array([[1.0, 5.0, np.nan], [10, 10, 10]]), np.array([[3.0, 5.0, 2.0], [20, 20, 20]])]
    worst, rows = worst_together(iter(series), WINDS)
    assert worst.step.tolist() == [1, 0, 1]
    assert rows.tolist() == [[3.0, 5.0, 2.0], [20, 10, 20]]
    assert worst.times()[0] == WINDS[1].time
    with pytest.raises(ValueError, match="has no steps"):
        worst_over_steps([], WINDS)


def test_all_impacts_are_one_list_from_the_worst_on() -> None:
    found = ranked(facade_impacts(*facades(0.95), BUILDINGS), objects([60.0, 26.0]))
    assert [each.level for each in found] == sorted((each.level for each in found), reverse=True)


def test_a_city_in_a_step_is_one_list_of_thousands() -> None:
    generator = np.random.default_rng(5)
    blocks = [
        Block(f"buildings/{i}", shapely.box(x := i % 30 * 60, y := i // 30 * 60, x + 40, y + 40), 0, 200)
        for i in range(600)
    ]
    cells = facade_cells(blocks)
    gust = generator.uniform(10, 50, len(cells))
    kinds = ["sign", "scaffold", "tower_crane", "tree", "temporary", "canopy"]
    rows = [{"key": f"risk_sources/{i}", "kind": kinds[i % 6], "name": "x", "height_m": 9.0} for i in range(5000)]
    buildings = [Exposure(block.key, "building", block.key) for block in blocks]
    streets = [Exposure(f"roads/{i}", "street", "x") for i in range(1500)]
    object_gusts, street_gusts = generator.uniform(5, 35, 5000), generator.uniform(5, 25, 1500)
    winds = WINDS[:1]
    load, both = worst_together([np.stack((eta(cells, winds[0], gust, Terrain.C), gust))], winds)
    lists = (
        facade_impacts(cells, FacadeLoad(load, both[1], Terrain.C), buildings),
        object_impacts(rows, ObjectLoad(worst_over_steps([object_gusts], winds), 1.0, 2026)),
        place_impacts(streets, PlaceLoad(worst_over_steps([street_gusts], winds))),
    )
    assert len(ranked(*lists)) > 3000
    assert len(cells) > 30_000
