import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import Point
from small_wind import log_law, mirrored, one_block, setup_of

from layers.errors import Cancelled, InputError
from twin.scenarios.wind.field.grid import inner
from twin.scenarios.wind.field.solve import Field, check_memory, first_guess, solve

F64 = NDArray[np.float64]
ROOF_SPEED = float(log_law().u(np.array([40.0]))[0])


def points(clear_m: float) -> F64:
    """Return points of the core that are farther than ``clear_m`` from all walls."""
    samples = np.random.default_rng(4).uniform([-38, -45, 2.5], [58, 45, 60], (400, 3))
    plans = [block.outline for block in one_block()]
    return samples[[all(plan.distance(Point(x, y)) > clear_m for plan in plans) for x, y, _ in samples]]


def faces(field: Field) -> list[F64]:
    """Return the velocities at the faces of the domain's cells, along each axis."""
    shape = field.grid.shape
    state = field.state
    some = zip((state.u, state.v, state.w), ((1, 0, 0), (0, 1, 0), (0, 0, 1)), strict=True)
    return [inner(velocity, shape, more).astype(float) for velocity, more in some]


@pytest.mark.parametrize("which", ["straight", "skewed"])
def test_the_stored_field_is_free_of_divergence(which: str, request: pytest.FixtureRequest) -> None:
    field: Field = request.getfixturevalue(which)
    grid = field.grid
    widths = grid.x.widths[:, None, None], grid.y.widths[None, :, None], grid.z.widths[None, None, :]
    outflow = sum(np.diff(v, axis=axis) / widths[axis] for axis, v in enumerate(faces(field)))
    worst = np.abs(outflow * field.voxels.fluid).max()
    assert worst * field.setup.resolution.h / ROOF_SPEED <= 1e-3


@pytest.mark.parametrize("which", ["straight", "skewed"])
def test_nothing_flows_through_walls_or_the_ground(which: str, request: pytest.FixtureRequest) -> None:
    field: Field = request.getfixturevalue(which)
    solid = field.voxels.fluid == 0
    assert solid.any()
    for axis, velocity in enumerate(faces(field)):
        ahead = [slice(None)] * 3
        ahead[axis] = slice(1, None)
        behind = [slice(None)] * 3
        behind[axis] = slice(-1)
        assert not velocity[tuple(behind)][solid].any()
        assert not velocity[tuple(ahead)][solid].any()
    assert not faces(field)[2][:, :, 0].any()


@pytest.mark.parametrize("which", ["straight", "skewed"])
def test_the_wind_is_slow_behind_the_block_and_fast_beside_it(which: str, request: pytest.FixtureRequest) -> None:
    field: Field = request.getfixturevalue(which)
    towards = np.radians(field.setup.frame.axis_deg - field.setup.frame.skew_deg)
    along, across = np.array([np.sin(towards), np.cos(towards)]), np.array([np.cos(towards), -np.sin(towards)])
    behind, beside = field.at(np.array([[*(25 * along), 15.0], [*(24 * across), 30.0]]))[0][:, :2] @ along
    undisturbed = log_law().u(np.array([15.0, 30.0]))
    assert behind < 0.5 * undisturbed[0]
    assert beside > undisturbed[1]


@pytest.mark.parametrize(("from_deg", "mirror_deg"), [(270.0, 270.0), (240.0, 300.0)])
def test_a_mirrored_district_has_the_mirrored_wind(from_deg: float, mirror_deg: float) -> None:
    here = points(5.0)
    there = here * [1, -1, 1]
    field = solve(setup_of(one_block(), from_deg=from_deg, iterations=120))
    other = solve(setup_of(mirrored(one_block()), from_deg=mirror_deg, iterations=120))
    (velocity, tke), (turned, same) = field.at(here), other.at(there)
    off = np.linalg.norm(velocity - turned * [1, -1, 1], axis=1) / ROOF_SPEED
    assert off.mean() <= 0.005
    assert off.max() <= 0.04
    assert tke == pytest.approx(same, abs=0.05 * tke.max())


def test_a_turned_district_has_the_turned_wind() -> None:
    here = points(5.0)
    cos, sin = np.cos(np.radians(20.0)), np.sin(np.radians(20.0))
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    field = solve(setup_of(one_block(), iterations=40))
    other = solve(setup_of(one_block(turned=20.0), from_deg=250.0, wall_deg=70.0, iterations=40))
    off = np.linalg.norm(field.at(here)[0] @ turn.T - other.at(here @ turn.T)[0], axis=1) / ROOF_SPEED
    assert off.max() <= 0.02


@pytest.mark.parametrize("factor", [0.2, 2.0])
def test_the_field_is_linear_in_the_speed(factor: float, straight: Field) -> None:
    other = solve(setup_of(one_block(), inflow=log_law().times(factor)))
    (velocity, tke), (faster, stronger) = straight.at(points(0.0)), other.at(points(0.0))
    assert faster == pytest.approx(factor * velocity, abs=0.01 * factor * ROOF_SPEED)
    assert stronger == pytest.approx(factor**2 * tke, abs=0.01 * factor**2 * tke.max())


def test_finer_grids_differ_less_and_less() -> None:
    block = one_block()[:1]
    fields = [solve(setup_of(block, cells=cells, iterations=100)) for cells in (2, 4, 8)]
    coarse, medium, fine = (field.at(points(2.0))[0] for field in fields)
    first, second = (np.linalg.norm(a - b, axis=1).mean() for a, b in ((coarse, medium), (medium, fine)))
    assert second < 0.7 * first
    assert second < 0.03 * ROOF_SPEED


def test_the_first_guess_is_free_of_divergence_and_has_no_wake() -> None:
    guess = first_guess(setup_of(one_block()))
    along = guess.at(np.array([[30.0, 0.0, 20.0], [-60.0, 0.0, 20.0]]))[0][:, 0]
    assert along.min() > 0.5 * float(log_law().u(np.array([20.0]))[0])
    assert guess.iterations == 0


def test_a_solve_stops_when_nothing_moves_and_says_how_far_it_is() -> None:
    told: list[tuple[int, float]] = []
    setup = setup_of((), iterations=200)
    field = solve(type(setup)(**{**vars(setup), "enough": 1e-3}), lambda count, moved: told.append((count, moved)))
    assert field.iterations == len(told) < 200
    assert told[-1][1] < 1e-3
    assert all(moved >= 1e-3 for _, moved in told[:-1])


def test_a_watch_can_cancel() -> None:
    def refuse(count: int, _: float) -> None:
        if count == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        solve(setup_of(one_block()), refuse)


def test_a_second_solve_goes_on_from_the_first(straight: Field) -> None:
    moves: list[float] = []
    solve(setup_of(one_block(), iterations=5), lambda _, moved: moves.append(moved), start=straight.state)
    fresh: list[float] = []
    solve(setup_of(one_block(), iterations=5), lambda _, moved: fresh.append(moved))
    assert max(moves) < 0.3 * max(fresh)


def test_a_domain_too_large_for_memory_is_refused_with_the_estimate() -> None:
    setup = setup_of(one_block())
    check_memory(setup.bytes, setup.bytes)
    with pytest.raises(InputError, match=r"4\.0 GiB are allowed"):
        check_memory(9 * 2**30, 4 * 2**30)


def test_points_inside_blocks_are_told(straight: Field) -> None:
    asked = np.array([[0.0, 0.0, 10.0], [0.0, 0.0, 45.0], [0.0, 27.0, 10.0], [30.0, 0.0, 10.0]])
    assert straight.inside(asked).tolist() == [True, False, True, False]
