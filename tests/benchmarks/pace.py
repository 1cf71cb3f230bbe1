"""The pace of the solve, in microseconds per cell and iteration; run as a separate program, alone or beside another.

It prints ``ready`` once it is warm, waits for a line, then iterates.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numba
from town import town

from twin.scenarios.wind.field.solve import solver_of
from twin.scenarios.wind.field.threads import one_blas_thread

WARM = 3


@dataclass(frozen=True)
class Pace:
    """Seconds of ``iterations`` over ``cells``, and the parts of the projection and of k and epsilon.

    ``cpu_s`` is the processor time of all threads: at most ``threads`` times ``seconds``, and less where other work
    took the cores. ``inner`` is the number of the projection's iterations.
    """

    cells: int
    threads: int
    iterations: int
    seconds: float
    cpu_s: float
    projection_s: float
    turbulence_s: float
    inner: int

    @property
    def us(self) -> float:
        """Return the microseconds per cell and iteration."""
        return 1e6 * self.seconds / self.cells / self.iterations

    @property
    def passes(self) -> float:
        """Return the number of float32 arrays that an iteration reads or writes, each counted once.

        Counted from the kernels: 8 to keep the old velocities and the exchange, 31 in three momentum sweeps, 53 in
        divergence, strain, budgets, transport and the correction, and 27 in each inner iteration of the projection.
        """
        return 8 + 31 + 53 + 27 * self.inner / self.iterations


class _Clock:
    """Adds up the time in a function."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self.work, self.seconds, self.count = work, 0.0, 0

    def __call__(self, *arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return self.work(*arguments)
        finally:
            self.seconds += time.perf_counter() - start
            self.count += 1


def pace(iterations: int, ready: Callable[[], None]) -> Pace:
    """Iterate over the town, after some iterations that warm up."""
    solver, _ = solver_of(town())
    with one_blas_thread():
        state = solver.begin(solver.numerics.guess)
    for count in range(WARM):
        solver.step(state, count)
    projection, turbulence = _Clock(solver.project), _Clock(solver._turbulence)
    inner = _Clock(solver.poisson.precondition)
    solver.project, solver._turbulence, solver.poisson.precondition = projection, turbulence, inner  # type: ignore[method-assign]
    ready()
    start, used = time.perf_counter(), time.process_time()
    for count in range(iterations):
        solver.step(state, WARM + count)
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - used
    cells, threads = solver.grid.cells, numba.get_num_threads()
    return Pace(cells, threads, iterations, seconds, cpu_s, projection.seconds, turbulence.seconds, inner.count)


def _wait() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    print(json.dumps(asdict(pace(int(sys.argv[1]), _wait))), flush=True)
