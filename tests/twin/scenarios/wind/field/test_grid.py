from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.scenarios.wind.field.grid import Axis, Grid, Span, Stretch, grown

STEPS = st.floats(0.5, 20.0)
RATIOS = st.floats(1.0, 1.4)
ROOMS = st.floats(0.0, 2000.0)


@given(STEPS, RATIOS, st.floats(1.0, 6.0), ROOMS, ROOMS)
def test_an_axis_is_even_in_its_core_and_grows_by_its_ratio_outside(
    step: float, ratio: float, wider: float, before: float, behind: float
) -> None:
    most = step * wider
    axis = Span(-before - 50.0, -50.0, 50.0, 50.0 + behind, step).axis(Stretch(ratio, most))
    core = axis.widths[(axis.centres > -50.0) & (axis.centres < 50.0)]
    assert core == pytest.approx(step)
    assert (axis.widths > 0).all()
    assert axis.widths.max() <= most * (1 + 1e-9)
    for one, next_one in pairwise(axis.widths):
        assert max(one / next_one, next_one / one) <= ratio * (1 + 1e-6)


@given(st.floats(0.0, 3000.0), STEPS, RATIOS)
def test_growing_cells_fill_a_room_to_within_a_part_of_the_last(room: float, step: float, ratio: float) -> None:
    faces = grown(room, step, Stretch(ratio, 10 * step))
    reached = faces[-1] if len(faces) else 0.0
    last = np.diff(faces, prepend=0.0)[-1] if len(faces) else step
    assert abs(reached - room) <= (1 - 0.5 / ratio) * last + 1e-6


def test_the_volumes_of_a_grid_add_up_to_its_box() -> None:
    axis = Span(-100.0, -20.0, 20.0, 150.0, 5.0).axis(Stretch(1.2, 20.0))
    grid = Grid(axis, axis, axis)
    assert grid.cells == grid.volumes.size
    assert grid.volumes.sum() == pytest.approx(np.ptp(axis.faces) ** 3)


def test_ghosts_are_as_wide_as_their_neighbours_and_gaps_lie_between_centres() -> None:
    axis = Axis(np.array([0.0, 1.0, 3.0, 6.0]))
    assert axis.padded.tolist() == [1, 1, 1, 2, 3, 3, 3, 3]
    assert axis.gaps[3:5].tolist() == np.diff(axis.centres).tolist()
