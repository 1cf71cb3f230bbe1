from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shapely import box
from tunnel import write_tunnel

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.skill.case import Case
from twin.scenarios.wind.skill.predict import Fineness, baselines, predicted, setup
from twin.scenarios.wind.skill.reading import read_cases

COARSE = Fineness(cells=4, iterations=25)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Return the run with one block, wind from the west."""
    return read_cases(write_tunnel(tmp_path))[2]


def test_cells_are_as_fine_as_asked_about_blocks_and_points(case: Case) -> None:
    requested = setup(case, COARSE)
    assert requested.resolution.h == pytest.approx(20.0 / 4)
    west, south, east, north = requested.extent.core
    assert west < case.points[:, 0].min()
    assert east > case.points[:, 0].max()
    assert south < case.points[:, 1].min()
    assert north > case.points[:, 1].max()
    assert requested.extent.before >= 5 * 20.0


def test_a_district_larger_than_the_budget_has_larger_cells(case: Case) -> None:
    fine = setup(case, replace(COARSE, cells=12))
    tight = setup(case, replace(COARSE, cells=12, most_cells=fine.grid.cells // 3))
    assert tight.grid.cells <= fine.grid.cells // 3
    assert tight.resolution.h > fine.resolution.h


def test_what_stands_far_from_all_points_is_in_the_domain_but_not_in_its_core(case: Case) -> None:
    far = [Block(f"far/{n}", box(400 + 30 * n, -10, 420 + 30 * n, 10), 0.0, 20.0) for n in range(4)]
    requested = setup(replace(case, blocks=(*case.blocks, *far)), COARSE)
    assert requested.extent.core[2] < 300
    assert requested.grid.x.faces[-1] > 510


def test_a_tower_does_not_make_all_layers_fine(case: Case) -> None:
    tower = Block("tower", box(30, 30, 50, 50), 0.0, 200.0)
    houses = [Block(f"house/{n}", box(-100, 40 * n, -80, 40 * n + 20), 0.0, 20.0) for n in range(4)]
    requested = setup(replace(case, blocks=(*case.blocks, *houses, tower)), COARSE)
    assert requested.extent.fine_top == pytest.approx(2.5 * case.size_m)
    assert requested.grid.z.faces[-1] > 5 * 200


def test_the_inflow_baseline_is_what_blows_in(case: Case) -> None:
    vector = replace(case, quantity="vector")
    said = baselines(vector, COARSE)
    assert list(said) == ["inflow", "mass-consistent"]
    assert said["inflow"] == pytest.approx(case.inflow.u(case.points[:, 2]) / case.reference_ms)
    assert baselines(replace(vector, components=(1, 2)), COARSE)["inflow"] == pytest.approx(0.0, abs=1e-12)


def test_a_scalar_probe_reads_more_than_the_length_of_the_mean(case: Case) -> None:
    scalar, _ = predicted(case, COARSE)
    vector, field = predicted(replace(case, quantity="vector"), COARSE)
    assert (scalar > vector).all()
    assert field.iterations == 25
    lee = np.flatnonzero((case.points[:, 0] == 20.0) & (case.points[:, 1] == 0.0))
    assert vector[lee] < 0.5
