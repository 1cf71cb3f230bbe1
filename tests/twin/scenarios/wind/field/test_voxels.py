import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import affinity, box, contains_xy

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.field.grid import Grid, Span, Stretch
from twin.scenarios.wind.field.voxels import union_m3, voxelise


def grid(h: float = 4.0) -> Grid:
    across = Span(-150.0, -120.0, 120.0, 150.0, h).axis(Stretch(1.2))
    return Grid(across, across, Span(0.0, 0.0, 100.0, 120.0, h).axis(Stretch(1.2)))


def places(turns: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[int, int, float, float, float, float]]]:
    """Return groups of blocks: where each stands, its sides, how far it is turned, and its height."""
    where, sides, tops = st.integers(-2, 2), st.floats(12, 36), st.floats(15, 90)
    each = st.tuples(where, where, sides, sides, turns, tops)
    return st.lists(each, min_size=8, max_size=25, unique_by=lambda place: place[:2])


def block(place: tuple[int, int, float, float, float, float]) -> Block:
    i, j, a, b, turn, top = place
    plan = affinity.translate(affinity.rotate(box(-a / 2, -b / 2, a / 2, b / 2), turn), 45.0 * i, 45.0 * j)
    return Block(f"{i}/{j}", plan, 0.0, top)


@settings(max_examples=40, deadline=None)
@given(places(st.floats(10, 80)))
def test_a_group_of_turned_blocks_keeps_its_volume_to_two_per_cent(
    group: list[tuple[int, int, float, float, float, float]],
) -> None:
    voxels = voxelise(grid(3.0), [block(place) for place in group])
    assert voxels.kept_m3 == pytest.approx(voxels.requested_m3, rel=0.02)


# Nine blocks along the grid, one of them a metre larger than its cells: all that it has over them are slivers.
SLIVERS = [
    (i, j, *((13.0, 13.0) if (i, j) == (0, 0) else (12.0, 12.0)), 0.0, 15.0) for i in (-1, 0, 1) for j in (-1, 0, 1)
]


@settings(max_examples=40, deadline=None)
@example(SLIVERS)
@given(places(st.floats(0, 90)))
def test_a_group_of_any_blocks_loses_no_more_than_slivers_beside(
    group: list[tuple[int, int, float, float, float, float]],
) -> None:
    cell_m = 3.0
    voxels = voxelise(grid(cell_m), [block(place) for place in group])
    # A sliver of a fifth of a cell along all sides never becomes a wall.
    slivers_m3 = sum(2 * (a + b) * 0.2 * cell_m * top for _, _, a, b, _, top in group)
    assert abs(voxels.kept_m3 - voxels.requested_m3) <= 0.02 * voxels.requested_m3 + slivers_m3


def test_a_block_along_the_grid_is_itself() -> None:
    cells = grid()
    voxels = voxelise(cells, [Block("b", box(-8, -12, 8, 12), 0.0, 20.0)])
    x, y = np.meshgrid(cells.x.centres, cells.y.centres, indexing="ij")
    requested = contains_xy(box(-8, -12, 8, 12), x, y)[:, :, None] & (cells.z.centres < 20.0)
    assert ((voxels.fluid == 0) == requested).all()
    assert voxels.kept_m3 == pytest.approx(16 * 24 * 20)


def test_what_overlaps_counts_once() -> None:
    twice = [Block("a", box(0, 0, 20, 20), 0.0, 20.0), Block("b", box(12, 0, 32, 20), 0.0, 40.0)]
    assert union_m3(twice) == pytest.approx(240 * 20 + 400 * 40)
    assert voxelise(grid(), twice).kept_m3 == pytest.approx(union_m3(twice), rel=0.02)


def test_there_is_air_below_a_bridge_and_a_tower_stands_on_its_podium() -> None:
    bridge = Block("bridge", box(-20, -8, 20, 8), 12.0, 20.0)
    fluid = voxelise(grid(), [bridge]).fluid
    column = fluid[np.abs(grid().x.centres).argmin(), np.abs(grid().y.centres).argmin()]
    assert column[:3].all()
    assert not column[3:5].any()
    podium, tower = Block("p", box(-20, -20, 20, 20), 0.0, 12.0), Block("t", box(-8, -8, 8, 8), 12.0, 60.0)
    assert voxelise(grid(), [tower, podium]).kept_m3 == pytest.approx(1600 * 12 + 256 * 48, rel=0.02)


def test_a_block_outside_the_grid_leaves_no_cell_behind() -> None:
    assert voxelise(grid(), [Block("far", box(900, 900, 950, 950), 0.0, 30.0)]).fluid.all()


def test_no_blocks_are_all_air() -> None:
    voxels = voxelise(grid(), [])
    assert voxels.fluid.all()
    assert voxels.kept_m3 == voxels.requested_m3 == 0.0
