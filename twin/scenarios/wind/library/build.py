"""Builds a library: directions in parallel processes, each stored when done, so that a stop loses little."""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from layers.errors import ParameterError, TwinError, Unavailable
from twin.scenarios.wind.district import District
from twin.scenarios.wind.field.solve import Setup, check_memory, solve
from twin.scenarios.wind.library import entry
from twin.scenarios.wind.library.entry import Facts
from twin.scenarios.wind.library.places import Maps, facade_gusts, facades_of, maps_of
from twin.scenarios.wind.library.quality import REVISION, Quality, setup_for

PROCESSES = 2
DIRECTIONS = 16
ALLOWED_BYTES = 4 * 2**30
_POOLS = ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
_POLL_S = 0.2
_POLITE = 5


class Progress(Protocol):
    """Receives the progress of the work; may raise to stop it."""

    def report(self, done: int, total: int | None, message: str) -> None:
        """Report progress."""


@dataclass(frozen=True)
class Plan:
    """A library to be built: district, quality, directions (degrees), and target folder."""

    district: District
    quality: Quality
    directions: tuple[float, ...]
    folder: Path
    processes: int = PROCESSES

    def missing(self) -> list[float]:
        """Return the directions that are not stored yet."""
        return [d for d in self.directions if not (self.folder / entry.folder_name(d) / "facts.json").exists()]

    def bytes(self) -> int:
        """Return the memory of the largest solves that run at the same time."""
        return max(setup_for(self.district, d, self.quality).bytes for d in self.directions) * self.processes


def evenly(count: int = DIRECTIONS) -> tuple[float, ...]:
    """Return ``count`` directions, the first from the north."""
    if not 1 <= count <= 72:
        raise ParameterError("directions", f"{count} is not between 1 and 72")
    return tuple(360.0 / count * n for n in range(count))


def library_folder(home: Path, district: District, quality: Quality) -> Path:
    """Return the folder of the library of a district's state; each state has its own."""
    return home / "libraries" / f"{district.version}-{quality.name}-{REVISION}"


def build(plan: Plan, progress: Progress, allowed: int = ALLOWED_BYTES) -> int:
    """Solve and store missing directions, and return how many; raises InputError when the memory does not suffice.

    Stored directions are kept: a build that was stopped continues where it was.
    """
    check_memory(plan.bytes(), allowed)
    pending = plan.missing()
    pending_count = len(pending)
    plan.folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    messages: SimpleQueue[Any] = context.SimpleQueue()
    running: dict[float, SpawnProcess] = {}
    state = _State(plan, pending_count)
    progress.report(0, state.total, "wind fields")
    try:
        while pending or running:
            while pending and len(running) < plan.processes:
                direction = pending.pop(0)
                running[direction] = _start(context, plan, direction, messages, _threads(plan, pending_count))
            _collect(messages, running, state)
            progress.report(state.done, state.total, state.message)
            time.sleep(_POLL_S)
    finally:
        for process in running.values():
            process.terminate()
            process.join()
    return pending_count


class _State:
    """The progress of all directions, in iterations."""

    def __init__(self, plan: Plan, todo: int) -> None:
        self._share = plan.quality.iterations
        self.total = todo * self._share
        self._iterations: dict[float, int] = {}
        self.message = "wind fields"

    @property
    def done(self) -> int:
        return sum(self._iterations.values())

    def note(self, direction: float, count: int, message: str) -> None:
        self._iterations[direction] = self._share if message else min(count, self._share)
        self.message = f"wind from {direction:g}°: " + (message or f"iteration {count}")


def _collect(messages: "SimpleQueue[Any]", running: dict[float, SpawnProcess], state: _State) -> None:
    """Process the messages of the workers; raise the failure of one of them."""
    while not messages.empty():
        direction, count, message, fault = messages.get()
        if fault:
            raise Unavailable(f"the wind from {direction:g}° could not be solved: {fault}")
        state.note(direction, count, message)
    for direction, process in list(running.items()):
        if process.exitcode is None:
            continue
        process.join()
        del running[direction]
        if process.exitcode != 0 and messages.empty():
            raise Unavailable(f"the process for the wind from {direction:g}° ended with status {process.exitcode}")


def _threads(plan: Plan, pending_count: int) -> int:
    """Return the threads of each process: the concurrent processes share the cores."""
    return max(1, (os.cpu_count() or 1) // min(plan.processes, pending_count))


def _start(context: Any, plan: Plan, direction: float, messages: "SimpleQueue[Any]", threads: int) -> SpawnProcess:
    process: SpawnProcess = context.Process(target=_work, args=(plan, direction, messages), daemon=False)
    with _environment(dict.fromkeys(_POOLS, str(threads))):
        process.start()
    return process


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for processes that are started in this context: thread pools are sized on import."""
    previous = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in previous.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _work(plan: Plan, direction: float, messages: "SimpleQueue[Any]") -> None:
    """Solve one direction in a worker process, and report progress."""
    os.nice(_POLITE)
    try:
        solve_one(plan, direction, lambda count, _: messages.put((direction, count, "", "")))
    except TwinError as error:
        messages.put((direction, 0, "", str(error)))
    except Exception as error:
        messages.put((direction, 0, "", f"{type(error).__name__}: {error}"))
    else:
        messages.put((direction, 0, "kept", ""))


def solve_one(plan: Plan, direction: float, watch: Any) -> None:
    """Solve one direction in this process and store it."""
    began = time.monotonic()
    setup = setup_for(plan.district, direction, plan.quality)
    field = solve(setup, watch)
    maps = Maps(_reach(setup))
    cells = facades_of(plan.district)
    facts = Facts(
        from_deg=direction,
        axis_deg=setup.frame.axis_deg,
        skew_deg=setup.frame.skew_deg,
        terrain=plan.district.terrain(direction).value,
        version=plan.district.version,
        quality=plan.quality.name,
        iterations=field.iterations,
        cells=field.grid.cells,
        seconds=round(time.monotonic() - began, 2),
        volume_ratio=field.voxels.kept_m3 / field.voxels.requested_m3 if field.voxels.requested_m3 else 1.0,
        reach=maps.reach,
        **entry.faces_of(field, maps.reach),
    )
    arrays: dict[str, Any] = {"levels": maps_of(field, maps).astype(np.float16), "facades": facade_gusts(field, cells)}
    entry.write(plan.folder / entry.folder_name(direction), field, facts, arrays)


def _reach(setup: Setup) -> float:
    return setup.extent.core[2]


def needed_directions(from_degs: Sequence[float], count: int = DIRECTIONS) -> tuple[float, ...]:
    """Return those of the evenly spread directions that some winds lie between."""
    step = 360.0 / count
    indices = {int(d // step) % count for d in from_degs} | {
        (int(d // step) + 1) % count for d in from_degs if d % step
    }
    return tuple(sorted(step * n for n in indices))
