"""Profiles of GB 50009-2012."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.scenarios.wind.terrain import Terrain

HEIGHTS = st.floats(0, 800)


@pytest.mark.parametrize(
    ("terrain", "z", "mu_z"),
    # Table 8.2.1 of GB 50009-2012.
    [
        ("A", 5, 1.09), ("A", 100, 2.23), ("B", 10, 1.00), ("B", 50, 1.62), ("B", 100, 2.00),
        ("C", 15, 0.65), ("C", 100, 1.50), ("C", 300, 2.43), ("D", 30, 0.51), ("D", 100, 1.04), ("D", 300, 2.02),
    ],
)  # fmt: skip
def test_height_factors_are_those_of_the_table(terrain: str, z: float, mu_z: float) -> None:
    assert Terrain(terrain).mu_z(z) == pytest.approx(mu_z, abs=0.006)


@pytest.mark.parametrize(("terrain", "cap"), [("A", 1.65), ("B", 1.70), ("C", 2.05), ("D", 2.40)])
def test_the_gust_factor_ends_at_the_first_row_of_its_table(terrain: str, cap: float) -> None:
    assert Terrain(terrain).gust_factor(1.0) == pytest.approx(cap, abs=0.003)
    assert Terrain(terrain).gust_factor(0.0) == Terrain(terrain).gust_factor(Terrain(terrain).floor_m)


@given(st.sampled_from(Terrain), HEIGHTS, HEIGHTS)
def test_means_rise_and_turbulence_falls_with_height(terrain: Terrain, one: float, other: float) -> None:
    z = np.sort([one, other])
    assert np.diff(terrain.mu_z(z))[0] >= 0
    assert np.diff(terrain.turbulence(z))[0] <= 0
    assert terrain.mu_z(z).max() <= 2.91


def test_mean_speed_is_one_at_ten_metres_over_open_country() -> None:
    assert Terrain.B.mean_ratio(10.0) == 1.0
    assert Terrain.B.gust_speed_factor(10.0) == pytest.approx(np.sqrt(1.70))
