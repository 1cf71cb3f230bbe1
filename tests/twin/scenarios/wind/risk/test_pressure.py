"""Cladding pressure against worked values of GB 50009-2012 for Shanghai."""

import numpy as np
import pytest

from layers.errors import InputError
from twin.scenarios.wind.risk import pressure
from twin.scenarios.wind.terrain import Terrain


@pytest.mark.parametrize(
    ("terrain", "z", "kpa"), [("C", 100, 1.40), ("C", 300, 2.06), ("D", 100, 1.13), ("D", 300, 1.89), ("D", 492, 2.40)]
)
def test_pressures_are_the_worked_ones(terrain: str, z: float, kpa: float) -> None:
    assert pressure.cladding_pressure_kpa(z, 1.0, Terrain(terrain)) == pytest.approx(kpa, abs=0.006)


def test_above_gradient_height_the_design_gust_stays_at_63_6_ms() -> None:
    assert pressure.gust_pressure_kpa(550.0, Terrain.D) == pytest.approx(2.53, abs=0.006)
    assert pressure.design_gust_ms([550.0, 632.0], Terrain.D) == pytest.approx([63.6, 63.6], abs=0.05)


def test_a_hundred_metres_over_class_c_has_36_3_mean_and_47_2_gust() -> None:
    assert np.sqrt(Terrain.C.mu_z(100.0) * 0.55 * 1600.0) == pytest.approx(36.3, abs=0.05)
    assert pressure.design_gust_ms(100.0, Terrain.C) == pytest.approx(47.2, abs=0.06)


def test_suction_keeps_its_sign_and_return_periods_are_ordered() -> None:
    assert pressure.cladding_pressure_kpa(50.0, pressure.SIDE_EDGE, Terrain.C) < 0
    ten, fifty, hundred = (pressure.gust_pressure_kpa(50.0, Terrain.C, years) for years in (10, 50, 100))
    assert ten < fifty < hundred
    with pytest.raises(InputError, match="30 years"):
        pressure.basic_pressure_kpa(30)


def test_the_area_factor_runs_from_one_to_its_least_by_the_logarithm() -> None:
    assert pressure.area_factor([0.5, 1.0, 5.0, 25.0, 80.0]) == pytest.approx([1.0, 1.0, 0.9, 0.8, 0.8])
    assert pressure.area_factor(25.0, roof=True) == pytest.approx(0.6)


def test_one_dominant_opening_raises_the_internal_factor() -> None:
    assert pressure.internal_factor([0.0, 0.02, 0.05, 0.10, 0.30, 0.5]).tolist() == [0.2, 0.4, 0.4, 0.6, 0.8, 0.8]


def test_the_edge_strip_is_a_fifth_of_the_lesser_of_twice_the_height_and_the_width() -> None:
    assert pressure.edge_strip_m([100.0, 10.0], [40.0, 40.0]).tolist() == [8.0, 4.0]
