import numpy as np
import pytest
from numpy.typing import NDArray

from twin.scenarios.wind.field.grid import Grid, Span, Stretch
from twin.scenarios.wind.field.poisson import Poisson


@pytest.fixture
def grid() -> Grid:
    along = Span(-100.0, -20.0, 20.0, 140.0, 4.0).axis(Stretch(1.2, 15.0))
    across = Span(-90.0, -20.0, 30.0, 80.0, 4.0).axis(Stretch(1.15, 15.0))
    return Grid(along, across, Span(0.0, 0.0, 30.0, 90.0, 3.0).axis(Stretch(1.2, 15.0)))


def laplacian(grid: Grid, fluid: NDArray[np.uint8], phi: NDArray[np.float64], *, skewed: bool) -> NDArray[np.float64]:
    """Return minus the flow of the gradient out of each cell of air, without a look at the solver's own."""
    out = np.zeros(phi.shape)
    for axis, one in enumerate((grid.x, grid.y, grid.z)):
        shape = [-1 if d == axis else 1 for d in range(3)]
        area = grid.volumes / one.widths.reshape(shape)
        front, back = (tuple(s if d == axis else slice(None) for d in range(3)) for s in (slice(1, None), slice(-1)))
        both = fluid[front] & fluid[back]
        flow = np.diff(phi, axis=axis) / np.diff(one.centres).reshape(shape) * area[front] * both
        out[back] -= flow
        out[front] += flow
        if axis == 0 or (axis == 1 and skewed):
            last = tuple(slice(-1, None) if d == axis else slice(None) for d in range(3))
            out[last] += phi[last] / one.widths[-1] * area[last] * fluid[last]
    return out * fluid


def noise(grid: Grid, fluid: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(np.random.default_rng(1).normal(size=grid.shape) * fluid, np.float32)


@pytest.mark.parametrize("skewed", [False, True])
def test_the_answer_satisfies_the_equation_around_blocks(grid: Grid, skewed: bool) -> None:
    fluid = np.ones(grid.shape, np.uint8)
    fluid[12:18, 8:14, :7] = 0
    fluid[20:22, 15:20, :3] = 0
    b = noise(grid, fluid)
    phi = Poisson(grid, fluid, skewed=skewed).solve(b, 1e-4, 100)
    left = laplacian(grid, fluid, phi.astype(float), skewed=skewed) - b
    assert np.linalg.norm(left) <= 2e-4 * np.linalg.norm(b)


def test_iterations_are_few_and_told(grid: Grid) -> None:
    fluid = np.ones(grid.shape, np.uint8)
    fluid[12:18, 8:14, :7] = 0
    told: list[tuple[int, float]] = []
    Poisson(grid, fluid).solve(noise(grid, fluid), 1e-4, 100, lambda count, left: told.append((count, left)))
    assert told[-1][1] <= 1e-4
    assert len(told) <= 30
    assert [count for count, _ in told] == list(range(1, len(told) + 1))


@pytest.mark.parametrize("skewed", [False, True])
def test_the_preconditioner_is_exact_where_nothing_stands(grid: Grid, skewed: bool) -> None:
    fluid = np.ones(grid.shape, np.uint8)
    b = noise(grid, fluid)
    phi = Poisson(grid, fluid, skewed=skewed).precondition(b)
    left = laplacian(grid, fluid, phi.astype(float), skewed=skewed) - b
    assert np.linalg.norm(left) <= 1e-4 * np.linalg.norm(b)


def test_nothing_to_correct_needs_no_iteration(grid: Grid) -> None:
    fluid = np.ones(grid.shape, np.uint8)
    told: list[int] = []
    phi = Poisson(grid, fluid).solve(np.zeros(grid.shape, np.float32), 1e-4, 9, lambda n, _: told.append(n))
    assert not phi.any()
    assert not told
