"""The inner loops, compiled once: of processes that begin together one compiles, and the others read what it made."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from twin.scenarios.wind.field import kernels
from twin.scenarios.wind.field.grid import Axis, Grid
from twin.scenarios.wind.field.inflow import of_terrain
from twin.scenarios.wind.field.rans import Air, Numerics, Solver
from twin.scenarios.wind.terrain import Terrain

LOCK = "compiling.lock"
# As few as the limiter's reach allows.
_CELLS = 6


@cache
def compile_once() -> None:
    """Have every loop ready in this process; on a machine that has not compiled them yet, it takes a core 20 s.

    Numba keeps the compiled code for other processes. Where it cannot (in a folder that is closed to us), all compile.
    """
    with _alone():
        axis = Axis(np.arange(_CELLS + 1.0))
        grid = Grid(axis, axis, axis)
        air = Air(np.ones(grid.shape, np.uint8))
        solver = Solver(grid, air, of_terrain(Terrain.B), Numerics(dt=0.1, iterations=1))
        solver.run(solver.begin(solver.numerics.pressure_share))


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process compiles."""
    try:
        folder = Path(kernels.transport.stats.cache_path or "")
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a")
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
