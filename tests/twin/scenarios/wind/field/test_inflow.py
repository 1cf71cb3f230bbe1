import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_wind import log_law

from twin.scenarios.wind.field.inflow import measured, of_terrain
from twin.scenarios.wind.field.kernels import C_MU, KAPPA
from twin.scenarios.wind.terrain import Terrain

Z = np.array([1.0, 2.0, 5.0, 20.0])


def test_a_measured_profile_goes_through_its_points_and_to_rest_at_the_ground() -> None:
    flow = measured(Z, np.array([2.0, 2.5, 3.0, 4.0]), np.array([0.4, 0.4, 0.3, 0.2]))
    assert flow.u(Z) == pytest.approx([2.0, 2.5, 3.0, 4.0])
    assert flow.k(Z) == pytest.approx([0.4, 0.4, 0.3, 0.2])
    assert flow.u(np.array([0.0]))[0] == 0.0
    assert flow.u(np.array([500.0]))[0] == 4.0


@given(st.floats(0.05, 2.0), st.floats(0.001, 0.5))
def test_the_roughness_of_a_log_law_is_found_again(friction: float, z0: float) -> None:
    speed = friction / KAPPA * np.log(Z / z0)
    found = measured(Z, speed, np.full(4, friction**2 / C_MU**0.5))
    assert found.z0 == pytest.approx(z0, rel=1e-6)


def test_dissipation_of_a_log_law_is_that_of_balance() -> None:
    z = np.array([5.0, 10.0, 30.0])
    assert log_law(0.4, 0.1).epsilon(z) == pytest.approx(0.4**3 / (KAPPA * (z + 0.1)), rel=0.05)


@pytest.mark.parametrize("terrain", list(Terrain))
def test_the_approach_flow_of_a_category_has_its_exponent_and_falls_in_turbulence(terrain: Terrain) -> None:
    flow = of_terrain(terrain)
    low, high = flow.u(np.array([40.0, 160.0]))
    assert np.log(high / low) / np.log(4.0) == pytest.approx(terrain.exponent, abs=0.005)
    assert float(flow.u(np.array([600.0]))[0]) == pytest.approx(float(terrain.mean_ratio(600.0)), rel=0.01)
    assert np.all(np.diff(np.sqrt(flow.k(Z * 20)) / flow.u(Z * 20)) < 0)


def test_open_country_has_one_metre_a_second_at_ten_metres() -> None:
    assert float(of_terrain(Terrain.B).u(np.array([10.0]))[0]) == pytest.approx(1.0, rel=0.01)


def test_a_faster_flow_has_the_square_of_the_energy() -> None:
    flow, fast = log_law(), log_law().times(3.0)
    assert fast.u(Z) == pytest.approx(3 * flow.u(Z))
    assert fast.k(Z) == pytest.approx(9 * flow.k(Z))
    assert fast.epsilon(Z) == pytest.approx(27 * flow.epsilon(Z), rel=1e-6)
