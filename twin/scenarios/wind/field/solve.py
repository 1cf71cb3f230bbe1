"""One wind over one set of blocks, from the ground plans to a field that can be read at any point."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from layers.errors import InputError
from twin.scenarios.wind.block import Block, Vegetation
from twin.scenarios.wind.field import domain
from twin.scenarios.wind.field.compiled import compile_once
from twin.scenarios.wind.field.domain import Extent, Resolution
from twin.scenarios.wind.field.frame import Frame
from twin.scenarios.wind.field.grid import Grid, inner
from twin.scenarios.wind.field.inflow import Inflow
from twin.scenarios.wind.field.probe import Nearest, Probe, nearest_air
from twin.scenarios.wind.field.rans import Air, Numerics, Solver, State
from twin.scenarios.wind.field.voxels import Voxels, leaves, voxelise

F64 = NDArray[np.float64]
Watch = Callable[[int, float], None]
# Measured: 26 padded arrays of four bytes, nine of the pressure equation, masks.
BYTES_PER_CELL = 150
# On fewer cells two threads spend more time waiting than computing.
_ONE_THREAD_CELLS = 100_000
COURANT = 3.5


@dataclass(frozen=True)
class Setup:
    """A solve to be done: blocks in metres of the plane, the approach flow, the frame, the domain and its cells."""

    blocks: tuple[Block, ...]
    inflow: Inflow
    frame: Frame
    extent: Extent
    resolution: Resolution
    iterations: int
    enough: float = 0.0
    exchange: float = 1.5
    vegetation: tuple[Vegetation, ...] = ()

    @cached_property
    def grid(self) -> Grid:
        """Return the grid of the domain."""
        return domain.build(self.extent, self.resolution)

    @property
    def bytes(self) -> int:
        """Return the memory that the solve will need."""
        i, j, k = self.grid.padded
        return i * j * k * BYTES_PER_CELL

    def numerics(self) -> Numerics:
        """Return the numerics: a pseudo-time step by which the wind at the tallest roof crosses 3.5 cells."""
        tallest = max((block.top_m for block in self.blocks), default=self.extent.fine_top)
        speed = float(self.inflow.u(np.array([tallest]))[0])
        dt = COURANT * self.resolution.h / speed
        return Numerics(dt, self.iterations, self.enough, self.exchange)


@dataclass(frozen=True)
class Field:
    """A solved mean wind: its setup, the cells of air, the state, and the number of iterations."""

    setup: Setup
    voxels: Voxels
    state: State
    iterations: int

    @property
    def grid(self) -> Grid:
        """Return the grid."""
        return self.setup.grid

    def probe(self, points: F64) -> Probe:
        """Return a reader for points (n, 3) of the plane, height above ground last."""
        return Probe(self.grid, self._nearest, into_frame(self.setup.frame, points), self.setup.inflow.z0)

    @cached_property
    def _nearest(self) -> Nearest:
        return nearest_air(self.voxels.fluid)

    def at(self, points: F64) -> tuple[F64, F64]:
        """Return the mean velocity (n, 3; east, north, up) and the turbulent kinetic energy (n,) at points."""
        probe = self.probe(points)
        velocity = probe.velocity(self.state)
        velocity[:, :2] = self.setup.frame.back(velocity[:, :2])
        return velocity, probe.read(inner(self.state.k, self.grid.shape))

    def inside(self, points: F64) -> NDArray[np.bool_]:
        """Return which points (n, 3) of the plane lie in solid cells."""
        turned = into_frame(self.setup.frame, points)
        axes = (self.grid.x, self.grid.y, self.grid.z)
        cell = tuple(
            np.clip(np.searchsorted(axis.faces, turned[:, d], side="right") - 1, 0, axis.n - 1)
            for d, axis in enumerate(axes)
        )
        return np.asarray(self.voxels.fluid[cell] == 0)


def into_frame(frame: Frame, points: F64) -> F64:
    """Return points (n, 3) of the plane in a frame; heights stay."""
    return np.column_stack([frame.into(points[:, :2]), points[:, 2]])


def check_memory(needed: int, allowed: int) -> None:
    """Refuse a domain that would not fit in memory, before the solve starts."""
    if needed > allowed:
        raise InputError(
            f"this domain needs about {needed / 2**30:.1f} GiB of memory, and {allowed / 2**30:.1f} GiB are allowed: "
            "use coarser cells or a smaller area"
        )


def solve(setup: Setup, watch: Watch | None = None, start: State | None = None) -> Field:
    """Return the mean wind; ``watch(iteration, change)`` is called after each iteration and may raise to stop.

    ``start`` is the state of an earlier solve on the same grid, to continue from.
    """
    with _threads_for(setup.grid.cells):
        solver, voxels = solver_of(setup)
        state, count = solver.run(start or solver.begin(solver.numerics.pressure_share), watch)
    return Field(setup, voxels, state, count)


def first_guess(setup: Setup) -> Field:
    """Return the zone-free mass-consistent wind: the inflow everywhere, made free of divergence around the blocks."""
    with _threads_for(setup.grid.cells):
        solver, voxels = solver_of(setup)
        return Field(setup, voxels, solver.begin(solver.numerics.guess), 0)


def solver_of(setup: Setup) -> tuple[Solver, Voxels]:
    """Return the solver of a setup and its voxels."""
    voxels = voxelise(setup.grid, setup.frame.blocks(setup.blocks))
    leaf = leaves(setup.grid, setup.frame.vegetation(setup.vegetation))
    air = Air(voxels.fluid, leaf)
    return Solver(setup.grid, air, setup.inflow, setup.numerics(), setup.frame.skew_deg), voxels


@contextmanager
def _threads_for(cells: int) -> Any:
    previous = numba.get_num_threads()
    numba.set_num_threads(1 if cells < _ONE_THREAD_CELLS else previous)
    try:
        compile_once()
        yield
    finally:
        numba.set_num_threads(previous)


def core_box(blocks: Sequence[Block], frame: Frame, margin: float, points: F64 | None = None) -> domain.Box:
    """Return the box around blocks and points in the frame, ``margin`` metres wider."""
    boxes = [domain.box_of(frame.blocks(blocks), margin)] if blocks else []
    if points is not None and len(points):
        turned = frame.into(points[:, :2])
        low, high = turned.min(axis=0) - margin / 2, turned.max(axis=0) + margin / 2
        boxes.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
