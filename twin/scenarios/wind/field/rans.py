"""The steady k-epsilon solve of the mean wind, by pseudo-time steps from the mass-consistent first guess."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.field import kernels
from twin.scenarios.wind.field.balance import C1, C2, SIGMA_EPS, SIGMA_K, balance
from twin.scenarios.wind.field.grid import Grid
from twin.scenarios.wind.field.inflow import Inflow
from twin.scenarios.wind.field.kernels import C_MU, KAPPA
from twin.scenarios.wind.field.poisson import Poisson

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
_SWEEPS = tuple(kernels.momentum(c) for c in range(3))
Watch = Callable[[int, float], None]


@dataclass(frozen=True)
class Numerics:
    """The numerical parameters of the solve.

    ``dt`` is the pseudo-time step, s; ``exchange`` multiplies the eddy viscosity in momentum: it represents the
    exchange by shedding and flapping that a steady model lacks. The last ``averaged`` share of the iterations is
    averaged. Pressure is solved to ``pressure_share`` of an iteration's residual, to ``guess`` of that of the
    undisturbed wind for a first guess alone, to ``final`` of that of the mean field at the end: the remainder is a
    tenth of 1e-3 U/h.
    """

    dt: float
    iterations: int
    enough: float = 0.0
    exchange: float = 1.5
    averaged: float = 0.2
    relax: float = 0.7
    pressure_share: float = 0.1
    pressure_most: int = 4
    guess: float = 1e-4
    final: float = 1e-3


@dataclass
class State:
    """Padded fields of a solve: velocities at faces, the rest in cells."""

    u: F32
    v: F32
    w: F32
    p: F32
    k: F32
    eps: F32
    nu: F32


@dataclass(frozen=True)
class Air:
    """The cells of air: ``fluid`` (nx, ny, nz) is 1; ``leaf`` is drag coefficient times leaf area density, 1/m."""

    fluid: U8
    leaf: F32 | None = None


class Solver:
    """One wind over one set of voxels."""

    def __init__(self, grid: Grid, air: Air, inflow: Inflow, numerics: Numerics, skew_deg: float = 0.0) -> None:
        """Prepare the constant arrays, for a wind that blows ``skew_deg`` to the left of the grid's first axis."""
        fluid, leaf = air.fluid, air.leaf
        self.grid, self.inflow, self.numerics = grid, inflow, numerics
        self.skewed = skew_deg != 0.0
        self.towards = np.cos(np.radians(skew_deg)), np.sin(np.radians(skew_deg))
        self.fluid = _padded_fluid(grid, fluid)
        self.poisson = Poisson(grid, fluid, skewed=self.skewed)
        self.widths = (grid.x.padded, grid.y.padded, grid.z.padded)
        self.gaps = (grid.x.gaps, grid.y.gaps, grid.z.gaps)
        self.opened = tuple(_opened(grid, self.fluid, axis, skewed=self.skewed) for axis in range(3))
        self.wall = tuple(_friction(self, axis) for axis in range(3))
        self.near = _near(self)
        self.log = tuple(_log_slopes(width, inflow.z0) for width in self.widths)
        self.drag = np.zeros(grid.padded, np.float32)
        bare = np.zeros(grid.shape, np.float32)
        self._leaf = np.pad(bare if leaf is None else leaf, ((2, 3), (2, 3), (2, 3))).astype(np.float32)
        self.balance = balance(grid.z, inflow, numerics.exchange)
        self._b = np.empty(grid.shape, np.float32)
        self._scratch = [np.zeros(grid.padded, np.float32) for _ in range(4)]

    def begin(self, tolerance: float) -> State:
        """Return the inflow everywhere in the air, made free of divergence: the mass-consistent first guess."""
        grid, z = self.grid, self.grid.z.centres
        zeros = [np.zeros(grid.padded, np.float32) for _ in range(7)]
        state = State(*zeros)
        speed = self.inflow.u(z).astype(np.float32)
        state.u[:, :, 2:-3] = speed * np.float32(self.towards[0])
        state.v[:, :, 2:-3] = speed * np.float32(self.towards[1])
        state.u *= self.opened[0]
        state.v *= self.opened[1]
        for name, values in (("k", self.inflow.k(z)), ("eps", self.inflow.epsilon(z))):
            field = getattr(state, name)
            field[:, :, 2:-3] = values.astype(np.float32)
        state.k[state.k == 0], state.eps[state.eps == 0] = 1e-4, 1e-6
        state.nu[:, :, 2:-3] = (C_MU * self.inflow.k(z) ** 2 / self.inflow.epsilon(z)).astype(np.float32)
        self.project(state, tolerance, 200)
        state.p[:] = 0
        return state

    def project(self, state: State, tolerance: float, most: int, watch: Watch | None = None) -> float:
        """Make the velocities free of divergence; return the largest |div u| before, 1/s."""
        rate = 1.0 / self.numerics.dt
        worst = kernels.divergence(self._b, state.u, state.v, state.w, self.fluid, *self.widths)
        phi = self.poisson.solve(self._b, tolerance, most, watch)
        kernels.correct(phi, state.u, state.v, state.w, state.p, self.fluid, *self.gaps, rate, self.skewed)
        return float(worst)

    def step(self, state: State, count: int) -> float:
        """Advance by one iteration; return the mean change of u over the mean inflow speed."""
        old = self._scratch[:3]
        self._edges(state)
        for copied, field in zip(old, (state.u, state.v, state.w), strict=True):
            np.copyto(copied, field)
        forward = count % 2 == 0
        rate = 1.0 / self.numerics.dt
        push = state.nu * np.float32(self.numerics.exchange)
        kernels.resistance(self.drag, self._leaf, self.balance.pull, state.u, state.v, state.w)
        for axis, field in enumerate((state.u, state.v, state.w)):
            _SWEEPS[axis](
                field, old[axis], *old, state.p, push, state.k, self.opened[axis], self.wall[axis], self.drag,
                *self.widths, *self.gaps, rate, forward,
            )  # fmt: skip
        nx, ny, _ = self.grid.shape
        np.maximum(state.u[nx + 1], 0.0, out=state.u[nx + 2])
        if self.skewed:
            np.maximum(state.v[:, ny + 1], 0.0, out=state.v[:, ny + 2])
        self.project(state, self.numerics.pressure_share, self.numerics.pressure_most)
        moved = kernels.change(state.u, old[0]) / self.grid.cells
        self._edges(state)
        self._turbulence(state, forward, rate)
        return float(moved / np.mean(self.inflow.u(self.grid.z.centres)))

    def _turbulence(self, state: State, forward: bool, rate: float) -> None:
        s2, source, sink, fixed = self._scratch
        frame: Any = (*self.widths, *self.gaps)
        logs: Any = self.log
        kernels.strain(s2, state.u, state.v, state.w, self.fluid, *logs, *frame)
        balance_k, balance_eps = self.balance.k, self.balance.eps
        kernels.budget_k(source, sink, balance_k.source, balance_k.sink, state.k, state.eps, state.nu, s2)
        fixed[:] = 0
        flows: Any = (state.u, state.v, state.w, state.nu, self.fluid)
        old_k = state.k.copy()
        move: Any = kernels.transport
        move(state.k, old_k, *flows, source, sink, fixed, *frame, rate, SIGMA_K, forward)
        np.maximum(state.k, 1e-4, out=state.k)
        kernels.budget_eps(
            source,
            sink,
            fixed,
            balance_eps.source,
            balance_eps.sink,
            state.k,
            state.eps,
            state.nu,
            s2,
            self.near,
            C1,
            C2,
        )
        old_eps = state.eps.copy()
        move(state.eps, old_eps, *flows, source, sink, fixed, *frame, rate, SIGMA_EPS, forward)
        kernels.viscosity(state.nu, state.k, state.eps, self.fluid, 1e-4, 1e-6, self.numerics.relax)

    def _edges(self, state: State) -> None:
        """Fill the ghosts: slip at the sides and the top, inflow before, zero gradient behind, rest in the ground."""
        nx, ny, nz = self.grid.shape
        for field in (state.u, state.k, state.eps, state.nu, state.w, state.v):
            field[nx + 2 + (field is state.u) :] = field[nx + 1 + (field is state.u)]
        for field in (state.u, state.k, state.eps, state.nu, state.w):
            if not self.skewed:
                field[:, :2] = field[:, 2:3]
            field[:, ny + 2 :] = field[:, ny + 1 : ny + 2]
        if self.skewed:
            state.v[:, ny + 3 :] = state.v[:, ny + 2 : ny + 3]
        for field in (state.u, state.v, state.k, state.eps, state.nu):
            field[:, :, nz + 2 :] = field[:, :, nz + 1 : nz + 2]

    def run(self, state: State, watch: Watch | None = None) -> tuple[State, int]:
        """Iterate, average the last share, and project once more; return the mean field and the iteration count."""
        numerics = self.numerics
        mean: list[F32] = []
        averaged_count, first = 0, int(numerics.iterations * (1 - numerics.averaged))
        count = 0
        for count in range(1, numerics.iterations + 1):
            change = self.step(state, count - 1)
            if watch is not None:
                watch(count, change)
            converged = change < numerics.enough
            if count > first or converged:
                averaged_count += 1
                _add(mean, state, averaged_count)
            if converged:
                break
        averaged = State(mean[0], mean[1], mean[2], state.p.copy(), mean[3], mean[4], mean[5])
        self.project(averaged, numerics.final, 200)
        return averaged, count


def _add(mean: list[F32], state: State, count: int) -> None:
    fields = (state.u, state.v, state.w, state.k, state.eps, state.nu)
    if not mean:
        mean.extend(field.copy() for field in fields)
        return
    for mean_field, field in zip(mean, fields, strict=True):
        np.add(mean_field, (field - mean_field) * np.float32(1.0 / count), out=mean_field)


def _padded_fluid(grid: Grid, fluid: U8) -> U8:
    """Return the cells with ghosts: air continues at the sides and above, the ground is solid."""
    padded = np.pad(fluid.astype(np.uint8), ((2, 3), (2, 3), (2, 3)), mode="edge")
    padded[:, :, :2] = 0
    return padded


def _opened(grid: Grid, fluid: U8, axis: int, *, skewed: bool) -> U8:
    """Return 1 at faces with a velocity of that axis: between two fluid cells, or in the ghosts beside them."""
    before = np.roll(fluid, 1, axis=axis)
    opened = fluid & before
    n = grid.shape[axis]
    if axis == 1 and not skewed:
        opened[:, : 2 + 1] = 0
        opened[:, n + 2 :] = 0
    if axis == 2:
        opened[:, :, n + 2 :] = 0
    return np.ascontiguousarray(opened)


def _friction(solver: Solver, axis: int) -> F32:
    """Return area * kappa * C_mu^0.25 / ln((d + z0)/z0) of the walls beside each velocity's volume, m2."""
    z0, widths = solver.inflow.z0, solver.widths
    solid = 1 - solver.fluid
    total = np.zeros(solver.grid.padded, np.float32)
    for side in {0, 1, 2} - {axis}:
        third = 3 - axis - side
        half = _along(0.5 * widths[axis], axis)
        law = KAPPA * C_MU**0.25 / np.log((0.5 * widths[side] + z0) / z0)
        area = _along(widths[third], third) * _along(law, side)
        for towards in (1, -1):
            beside = np.roll(solid, towards, axis=side) * half
            beside = (beside + np.roll(beside, 1, axis=axis)) * area
            total += beside
    return np.ascontiguousarray(total * solver.opened[axis], dtype=np.float32)


def _near(solver: Solver) -> F32:
    """Return 1/(kappa (d + z0)) in cells beside a wall, d half the cell towards it, else 0."""
    near = np.zeros(solver.grid.padded, np.float32)
    solid = 1 - solver.fluid
    for side in range(3):
        beside = np.maximum(np.roll(solid, 1, axis=side), np.roll(solid, -1, axis=side))
        inverse = 1.0 / (KAPPA * (0.5 * solver.widths[side] + solver.inflow.z0))
        np.maximum(near, beside * _along(inverse, side), out=near)
    return np.ascontiguousarray(near * solver.fluid, dtype=np.float32)


def _log_slopes(widths: F32, z0: float) -> F32:
    reach = 0.5 * widths + z0
    return np.asarray(1.0 / (reach * np.log(reach / z0)), dtype=np.float32)


def _along(values: F32, axis: int) -> F32:
    shape = [1, 1, 1]
    shape[axis] = -1
    return np.asarray(values, dtype=np.float32).reshape(shape)
