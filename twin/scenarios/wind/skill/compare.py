"""Compares model runs with measurements: one run per case, several cases in parallel."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from twin.scenarios.wind.skill.case import Case
from twin.scenarios.wind.skill.predict import Fineness, baselines, predicted

F64 = NDArray[np.float64]
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Task:
    """A case to be run, its resolution, and whether to run the trivial models ``beside`` it."""

    case: Case
    fineness: Fineness
    beside: bool = True


@dataclass(frozen=True)
class Comparison:
    """Predictions of the model (n,) and the trivial models at the points of a case, over its reference, with the cost.

    ``beside`` has the undisturbed inflow and the mass-consistent flow; ``volume_kept`` is the blocks' volume as cells
    over that as drawn.
    """

    case: Case
    fineness: Fineness
    predicted: F64
    beside: dict[str, F64]
    cells: int
    iterations: int
    seconds: float
    volume_kept: float
    step_m: float

    @property
    def cells_per_block(self) -> float:
        """Return the number of cells per typical block; fewer than requested in a large district."""
        return self.case.size_m / self.step_m

    @property
    def heights(self) -> F64:
        """Return the heights of the points in the unit of the files (n,)."""
        return np.round(self.case.points[:, 2] / self.case.unit_m, 6)


def compare(task: Task) -> Comparison:
    """Run one case; the seconds are those of the model alone."""
    start = time.perf_counter()
    speed, field = predicted(task.case, task.fineness)
    seconds = time.perf_counter() - start
    beside = baselines(task.case, task.fineness) if task.beside else {}
    grid, voxels = field.grid, field.voxels
    return Comparison(
        task.case, task.fineness, speed, beside, grid.cells, field.iterations, seconds,
        voxels.kept_m3 / voxels.requested_m3, field.setup.resolution.h,
    )  # fmt: skip


def compare_all(tasks: Sequence[Task], report: Report, processes: int = 2) -> list[Comparison]:
    """Run all, ``processes`` at a time with one thread each; ``report(done, total, what)`` is called, and may raise.

    On small grids two processes are faster than two threads. No process is left running after an error or Ctrl-C.
    """
    total = len(tasks)
    report(0, total, "wind")
    if min(processes, total) < 2:
        return [_reported(compare(task), done, total, report) for done, task in enumerate(tasks, 1)]
    children = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        min(processes, total), mp_context=multiprocessing.get_context("spawn"), initializer=_alone
    )
    try:
        futures: list[Future[Comparison]] = [pool.submit(compare, task) for task in tasks]
        for done, future in enumerate(as_completed(futures), 1):
            _reported(future.result(), done, total, report)
        return [future.result() for future in futures]
    except BaseException:
        for child in set(multiprocessing.active_children()) - children:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _reported(comparison: Comparison, done: int, total: int, report: Report) -> Comparison:
    report(done, total, comparison.case.title)
    return comparison


def _alone() -> None:
    """Limit a process to one thread; Ctrl-C is handled by the parent, which terminates it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    numba.set_num_threads(1)
    threadpool_limits(1)


def usual_processes() -> int:
    """Return how many runs this machine can do in parallel: two, where it has two cores."""
    return min(2, os.cpu_count() or 1)
