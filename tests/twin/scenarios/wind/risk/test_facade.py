"""Cells of façades and their demand over design."""

from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.risk import facade
from twin.scenarios.wind.risk.pressure import design_gust_ms
from twin.scenarios.wind.terrain import Terrain


@dataclass(frozen=True)
class From:
    from_deg: float


def box(x0: float, y0: float, x1: float, y1: float, top: float, **rest: float) -> Block:
    return Block("buildings/1", shapely.box(x0, y0, x1, y1), rest.get("base", 0.0), top)


TOWER = box(0, 0, 40, 40, 100)
CELLS = facade.facade_cells([TOWER])


def side(cells: facade.FacadeCells, azimuth: float) -> np.ndarray:
    return np.isclose(cells.azimuth_deg, azimuth % 360.0)


def test_the_cells_of_a_tower_cover_its_four_walls_once() -> None:
    assert CELLS.area_m2.sum() == pytest.approx(4 * 40 * 100)
    assert sorted(set(CELLS.azimuth_deg.round(6).tolist())) == [0.0, 90.0, 180.0, 270.0]
    assert sorted(set(CELLS.top_m.tolist())) == [10, 20, 50, 100]


def test_probe_points_stand_in_front_of_their_wall() -> None:
    east = side(CELLS, 90)
    assert CELLS.x[east] == pytest.approx(41.5)
    assert CELLS.points(6.0)[east, 0] == pytest.approx(46.0)
    assert not shapely.intersects_xy(TOWER.outline, CELLS.x, CELLS.y).any()


def test_each_wall_runs_from_left_to_right_seen_from_outside() -> None:
    south = side(CELLS, 180)
    assert (CELLS.x1[south] > CELLS.x0[south]).all()


def test_edge_strips_are_a_fifth_of_the_width_at_both_corners() -> None:
    south = side(CELLS, 180) & (CELLS.base_m == 0)
    assert sorted(zip(CELLS.x0[south].tolist(), CELLS.edge_start[south].tolist(), strict=True)) == [
        (0.0, True),
        (8.0, False),
        (32.0, False),
    ]
    assert CELLS.edge[south].sum() == 2


def test_a_shared_wall_is_no_facade_below_the_neighbours_top() -> None:
    low = box(40, 0, 80, 40, 30)
    cells = facade.facade_cells([TOWER, low])
    tall_east = side(cells, 90) & (cells.block == 0)
    assert cells.base_m[tall_east].min() == 30
    assert cells.area_m2[tall_east].sum() == pytest.approx(40 * 70)
    assert not (side(cells, 270) & (cells.block == 1)).any()


def test_a_wall_that_is_shared_in_part_is_facade_beside_its_neighbour() -> None:
    narrow = box(40, 0, 60, 15, 100)
    cells = facade.facade_cells([TOWER, narrow])
    east = side(cells, 90) & (cells.block == 0)
    assert cells.area_m2[east].sum() == pytest.approx(25 * 100)
    assert cells.y0[east].min() == pytest.approx(15.0)


def test_a_tower_in_its_podium_has_facade_only_above_it() -> None:
    podium = box(-20, -20, 60, 60, 20)
    cells = facade.facade_cells([TOWER, podium])
    assert cells.base_m[cells.block == 0].min() == 20
    assert cells.area_m2[cells.block == 1].sum() == pytest.approx(4 * 80 * 20)


def test_a_wall_below_a_bridge_block_is_facade_below_and_above_it() -> None:
    bridge = box(40, 10, 60, 30, 60, base=40)
    cells = facade.facade_cells([TOWER, bridge])
    middle = side(cells, 90) & (cells.block == 0) & (cells.y > 10) & (cells.y < 30)
    assert cells.area_m2[middle].sum() == pytest.approx(20 * 80)
    assert not ((cells.z[middle] > 40) & (cells.z[middle] < 60)).any()


def test_walls_of_a_courtyard_look_inwards_and_slots_have_none() -> None:
    ring = shapely.box(0, 0, 60, 60).difference(shapely.box(20, 20, 40, 40))
    cells = facade.facade_cells([Block("buildings/1", ring, 0, 12)])
    inner = (cells.x > 15) & (cells.x < 45) & (cells.y > 15) & (cells.y < 45)
    assert cells.area_m2[inner].sum() == pytest.approx(4 * 20 * 12)
    westernmost = inner & (cells.x < 25) & (cells.y > 24) & (cells.y < 36)
    assert cells.azimuth_deg[westernmost] == pytest.approx(90.0)
    slot = shapely.box(0, 0, 60, 60).difference(shapely.box(30, 10, 31, 50))
    assert facade.facade_cells([Block("b", slot, 0, 12)]).area_m2.sum() == pytest.approx(4 * 60 * 12)


def test_small_steps_and_the_sense_of_the_outline_do_not_matter() -> None:
    stepped = shapely.Polygon([(0, 0), (20, 0), (20, 0.5), (40, 0.5), (40, 40), (0, 40)])
    assert len(set(facade.facade_cells([Block("b", stepped, 0, 30)]).azimuth_deg.round(-1).tolist())) == 4
    turned = Block("b", shapely.Polygon(list(TOWER.outline.exterior.coords)[::-1]), 0, 100)
    assert facade.facade_cells([turned]).azimuth_deg.tolist().count(90.0) == side(CELLS, 90).sum()


def test_nothing_gives_no_cells() -> None:
    assert len(facade.facade_cells([])) == 0
    assert len(facade.facade_cells([box(0, 0, 1, 1, 5)])) == 0


def test_the_zone_depends_on_the_wind() -> None:
    factors = facade.zone_factor(CELLS, 0.0)  # from the north
    assert set(factors[side(CELLS, 0)].tolist()) == {1.0}
    assert set(factors[side(CELLS, 180)].tolist()) == {-0.6}
    east = side(CELLS, 90)
    northern_end = CELLS.y > 32
    assert set(factors[east & northern_end].tolist()) == {-1.4}
    assert set(factors[east & ~northern_end].tolist()) == {-1.0}


def test_at_the_design_gust_the_worst_zone_is_just_at_its_design() -> None:
    design = design_gust_ms(CELLS.z, Terrain.C)
    eta = facade.eta(CELLS, From(0.0), design, Terrain.C)
    upwind_edge = side(CELLS, 90) & (CELLS.y > 32)
    assert eta[upwind_edge] == pytest.approx(1.0)
    assert eta.max() == pytest.approx(1.0)


def test_a_wall_in_the_lee_has_half_of_the_demand_of_its_edge_or_less() -> None:
    gust = np.full(len(CELLS), 40.0)
    lee = facade.eta(CELLS, From(180.0), gust, Terrain.C)[side(CELLS, 0)]
    facing = facade.eta(CELLS, From(0.0), gust, Terrain.C)[side(CELLS, 0)]
    assert lee == pytest.approx(facing * 0.8 / 1.2)


@given(st.floats(0, 359), st.floats(0.1, 70), st.floats(1.0, 3.0))
def test_eta_goes_with_the_square_of_the_gust(from_deg: float, gust: float, factor: float) -> None:
    once = facade.eta(CELLS, From(from_deg), np.full(len(CELLS), gust), Terrain.D)
    more = facade.eta(CELLS, From(from_deg), np.full(len(CELLS), gust * factor), Terrain.D)
    assert more == pytest.approx(once * factor**2)
    assert (more >= once * (1.0 - 1e-12)).all()


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 359), st.lists(st.floats(5, 60), min_size=4, max_size=4))
def test_a_mirrored_city_in_a_mirrored_wind_has_the_same_demand(from_deg: float, sizes: list[float]) -> None:
    # Away from the limits of the zones, where rounding decides.
    if min(abs((from_deg % 90) - limit) for limit in (0, 30, 60, 90)) < 1e-3:
        return
    a, b, c, d = sizes
    outline = shapely.Polygon([(0, 0), (a + b, 0), (a + b, c), (a, c), (a, c + d), (0, c + d)])
    mirrored = shapely.Polygon([(-x, y) for x, y in outline.exterior.coords])
    results = []
    for shape, wind in ((outline, from_deg), (mirrored, (360.0 - from_deg) % 360.0)):
        cells = facade.facade_cells([Block("b", shape, 0, 60)])
        eta = facade.eta(cells, From(wind), np.full(len(cells), 30.0), Terrain.C)
        results.append(sorted(zip(eta.round(6).tolist(), cells.area_m2.round(4).tolist(), strict=True)))
    assert np.array(results[0]) == pytest.approx(np.array(results[1]), abs=1e-3)


def test_gusts_of_several_steps_and_places_without_flow_pass_through() -> None:
    gust = np.full((3, len(CELLS)), 30.0)
    gust[1, 0] = np.nan
    eta = facade.eta(CELLS, From(10.0), gust, Terrain.C)
    assert eta.shape == gust.shape
    assert np.isnan(eta).sum() == 1


def test_six_hundred_buildings_have_cells_on_all_their_walls() -> None:
    generator = np.random.default_rng(3)
    blocks = []
    for number in range(600):
        x, y = (number % 25) * 60.0, (number // 25) * 60.0
        w, d = generator.uniform(20, 58, 2)
        outline = shapely.box(x, y, x + w, y + d).difference(shapely.box(x, y, x + w / 3, y + d / 3))
        blocks.append(Block(f"buildings/{number}", outline, 0.0, float(generator.choice([15, 30, 60, 120, 250]))))
    cells = facade.facade_cells(blocks)
    assert 5_000 < len(cells) < 60_000
