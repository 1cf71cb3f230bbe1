"""The first guess: our conjugate gradients against over-relaxation, on the synthetic town; run as a separate program.

It prints ``ready``, waits for a line, then measures.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from sor import Relaxation
from town import town

from twin.scenarios.wind.field.poisson import Poisson
from twin.scenarios.wind.field.solve import Setup
from twin.scenarios.wind.field.voxels import voxelise

F32 = NDArray[np.float32]
TOLERANCE, MOST, SWEEPS = 1e-4, 200, 500


@dataclass(frozen=True)
class Guess:
    """One round: seconds and residuals (over that of no flow around anything) of ours and of the peer.

    ``seconds_to_peer`` is when ours had the peer's last residual.
    """

    cells: int
    threads: int
    iterations: int
    seconds: float
    residual: float
    peer_seconds: float
    peer_residual: float
    seconds_to_peer: float


def guesses(rounds: int) -> list[Guess]:
    """Measure both in turn, after a round that only compiles and warms up."""
    setup = town()
    fluid = voxelise(setup.grid, setup.blocks).fluid
    b = outflow(setup, fluid)
    ours = Poisson(setup.grid, fluid)
    ours.solve(b, TOLERANCE, 2)
    Relaxation(setup.grid, fluid, b).sweep(1)
    return [_round(setup, fluid, b, ours) for _ in range(rounds)]


def outflow(setup: Setup, fluid: NDArray[np.uint8]) -> F32:
    """Return minus the outflow of each cell (m3/s) where the undisturbed wind stops at walls across it."""
    grid = setup.grid
    passing = setup.inflow.u(grid.z.centres) * grid.y.widths[:, None] * grid.z.widths
    opened = np.ones((grid.x.n + 1, grid.y.n, grid.z.n), np.float32)
    opened[1:-1] = fluid[1:] & fluid[:-1]
    opened[0], opened[-1] = fluid[0], fluid[-1]
    return np.asarray(-(opened[1:] - opened[:-1]) * passing * fluid, dtype=np.float32)


def _round(setup: Setup, fluid: NDArray[np.uint8], b: F32, ours: Poisson) -> Guess:
    course: list[tuple[float, float]] = []
    start = time.perf_counter()
    ours.solve(b, TOLERANCE, MOST, lambda _, residual: course.append((time.perf_counter() - start, residual)))
    seconds = time.perf_counter() - start
    peer = Relaxation(setup.grid, fluid, b)
    start = time.perf_counter()
    peer.sweep(SWEEPS)
    peer_seconds = time.perf_counter() - start
    peer_residual = peer.residual()
    seconds_to_peer = next(at for at, residual in course if residual <= max(peer_residual, TOLERANCE))
    return Guess(
        setup.grid.cells,
        numba.get_num_threads(),
        len(course),
        seconds,
        course[-1][1],
        peer_seconds,
        peer_residual,
        seconds_to_peer,
    )


if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps([asdict(guess) for guess in guesses(int(sys.argv[1]))]), flush=True)
