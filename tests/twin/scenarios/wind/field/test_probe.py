import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.scenarios.wind.field.grid import Grid, Span, Stretch
from twin.scenarios.wind.field.probe import Probe, nearest_air, scalar_speed

SPEEDS = st.floats(0.0, 60.0)
ENERGIES = st.floats(1e-3, 50.0)


@given(ENERGIES)
def test_in_still_air_a_scalar_probe_feels_1_6_sigma(tke: float) -> None:
    sigma = np.sqrt(2 * tke / 3)
    felt = float(scalar_speed(np.array([0.0]), np.array([tke]))[0])
    assert felt == pytest.approx(2 * np.sqrt(2 / np.pi) * sigma, rel=1e-6)
    assert felt == pytest.approx(1.6 * sigma, rel=0.003)


@given(st.floats(0.1, 60.0))
def test_without_turbulence_a_scalar_probe_feels_the_mean_speed(speed: float) -> None:
    assert scalar_speed(np.array([speed]), np.array([0.0]))[0] == pytest.approx(speed, rel=1e-6)
    assert scalar_speed(np.array([speed]), np.array([1e-4 * speed**2]))[0] == pytest.approx(speed, rel=1e-3)


@given(SPEEDS, ENERGIES, st.floats(1.01, 3.0))
def test_a_scalar_probe_feels_more_than_the_mean_and_less_than_the_root_mean_square(
    speed: float, tke: float, more: float
) -> None:
    felt, stronger = scalar_speed(np.array([speed, speed]), np.array([tke, more * tke]))
    assert speed - 1e-9 <= felt <= np.sqrt(speed**2 + 2 * tke) + 1e-9
    assert stronger >= felt - 1e-9


def test_a_scalar_probe_feels_what_a_sample_of_gusts_has_on_average() -> None:
    gusts = np.random.default_rng(3).normal(size=(200_000, 3)) * 1.3 + [2.0, 0.5, 0.0]
    sampled = np.linalg.norm(gusts, axis=1).mean()
    said = scalar_speed(np.array([np.hypot(2.0, 0.5)]), np.array([1.5 * 1.3**2]))[0]
    assert said == pytest.approx(sampled, rel=0.005)


@pytest.fixture
def grid() -> Grid:
    across = Span(-60.0, -20.0, 20.0, 60.0, 4.0).axis(Stretch(1.2))
    return Grid(across, across, Span(0.0, 0.0, 40.0, 60.0, 4.0).axis(Stretch(1.2)))


def test_what_is_linear_across_and_logarithmic_upwards_is_read_exactly(grid: Grid) -> None:
    x, y, z = np.meshgrid(grid.x.centres, grid.y.centres, grid.z.centres, indexing="ij")
    cells = np.asarray(2 * x - 3 * y + 5 * np.log(z + 0.1) + 7, np.float32)
    points = np.random.default_rng(2).uniform([-50, -50, 2], [50, 50, 50], (200, 3))
    read = Probe(grid, nearest_air(np.ones(grid.shape, np.uint8)), points, 0.1).read(cells)
    assert read == pytest.approx(2 * points[:, 0] - 3 * points[:, 1] + 5 * np.log(points[:, 2] + 0.1) + 7, abs=1e-3)


def test_inside_a_wall_the_nearest_air_of_the_same_height_is_read(grid: Grid) -> None:
    fluid = np.ones(grid.shape, np.uint8)
    cells = np.tile(np.arange(grid.shape[2], dtype=np.float32), (*grid.shape[:2], 1))
    i, j = grid.shape[0] // 2, grid.shape[1] // 2
    fluid[i - 2 : i + 3, j - 2 : j + 3, :5] = 0
    cells[fluid == 0] = 999.0
    points = np.array([[grid.x.centres[i], grid.y.centres[j], z] for z in grid.z.centres[:4]])
    assert Probe(grid, nearest_air(fluid), points, 0.1).read(cells) == pytest.approx([0.0, 1.0, 2.0, 3.0])


def test_below_the_lowest_cell_speeds_follow_the_log_law_to_rest(grid: Grid) -> None:
    z0, lowest = 0.1, grid.z.centres[0]
    points = np.array([[0.0, 0.0, z] for z in (0.0, lowest / 2, lowest, 10.0)])
    slowed = Probe(grid, nearest_air(np.ones(grid.shape, np.uint8)), points, z0).slowed
    assert slowed[0] == 0.0
    assert slowed[1] == pytest.approx(np.log((lowest / 2 + z0) / z0) / np.log((lowest + z0) / z0))
    assert slowed[2:].tolist() == [1.0, 1.0]
