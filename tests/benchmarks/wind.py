"""The wind: solver, library and scenario against a raw limit or a peer of the same run; no pass or fail."""

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import scenario as at_work
import solving
from guess import SWEEPS, Guess
from report import machine
from scenario import Scenario, Whole
from solving import Paces
from sor import OMEGA
from stage import open_stage
from tunnel_case import CaseA, case_a

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("TWIN_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
CASE_A, REAL = SHARED / "wind" / "aij_case_a", SHARED / "osm"
HEADING = "## Wind"


@dataclass(frozen=True)
class WindOptions:
    """The number of rounds, the iterations of a pace measurement, and whether a whole district is solved."""

    rounds: int = 3
    iterations: int = 10
    district: bool = False


@dataclass(frozen=True)
class Wind:
    """One run; a part that could not be done has a sentence in ``skipped``."""

    conditions: dict[str, str]
    guesses: list[Guess]
    paces: list[Paces]
    copy_bytes_per_s: dict[int, float]
    case_a: CaseA | None
    scenario: Scenario
    whole: Whole | None
    skipped: tuple[str, ...]

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def wind(options: WindOptions) -> Wind:
    """Measure all parts, one after the other."""
    measured_under = _conditions(options)
    print("bench: wind, first guess")
    guesses = solving.guesses(options.rounds)
    copy_rates = {threads: solving.copy_bytes_per_s(threads) for threads in (1, 2)}
    paces = solving.paces(options.iterations, options.rounds)
    print("bench: wind, wind tunnel and sample district")
    tunnel = case_a(CASE_A, options.rounds) if CASE_A.is_dir() else None
    with open_stage() as stage, at_work.loaded(stage, REPOSITORY / "data" / "sample", "wind") as town:
        at_scenario = at_work.scenario(town, options.rounds)
    whole_district = _solve_district() if options.district else None
    measured_under["load average after"] = f"{os.getloadavg()[0]:.2f}"
    return Wind(
        measured_under,
        guesses,
        paces,
        copy_rates,
        tunnel,
        at_scenario,
        whole_district,
        tuple(_skipped(options, tunnel, whole_district)),
    )


def _solve_district() -> Whole | None:
    files = sorted(REAL.glob("*.osm"))
    if not files:
        return None
    with open_stage() as stage, at_work.loaded(stage, files[0], "whole") as town:
        return at_work.whole(town)


def _skipped(options: WindOptions, tunnel: CaseA | None, whole: Whole | None) -> Iterator[str]:
    if tunnel is None:
        yield "case A of the wind tunnel: its files are not here (set TWIN_SHARED_DATA)"
    if whole is None:
        reason = "its file is not here (set TWIN_SHARED_DATA)" if options.district else "asked for by --district only"
        yield f"a real district in the finest quality: {reason}"


def _conditions(options: WindOptions) -> dict[str, str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "scipy", "zarr"))
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "programs": f"onemap-twin {version('onemap-twin')}, Python {platform.python_version()}, {libraries}",
        "rounds": f"{options.rounds} in alternating order; the best one counts, the worst stands in brackets",
    }


def _lines(result: Wind) -> Iterator[str]:
    yield from (HEADING, "", "Made by `make bench ARGS=wind`.", "")
    yield from (f"- {name}: {value}" for name, value in result.conditions.items())
    yield from _guess_lines(result.guesses)
    yield from _pace_lines(result)
    if result.case_a:
        yield from _case_lines(result.case_a)
    yield from _scenario_lines(result.scenario)
    if result.whole:
        yield from _whole_lines(result.whole)
    if result.skipped:
        yield from ("", "Left out:", "", *(f"- {sentence}" for sentence in result.skipped))


def _guess_lines(guesses: list[Guess]) -> Iterator[str]:
    best = min(guesses, key=lambda one: one.seconds)
    peer = min(one.peer_seconds for one in guesses)
    yield from ("", "### First guess", "")
    yield (
        f"A made-up town of 400 blocks with towers to 500 m, {best.cells:,} cells, {best.threads} threads: the "
        "mass-consistent wind by preconditioned conjugate gradients, beside red-black over-relaxation "
        f"(omega {OMEGA}, {SWEEPS} sweeps) of the same equation, compiled and threaded alike. Residuals are over that "
        "of the undisturbed wind."
    )
    yield from ("", "| solver | iterations | s | residual | × ours |", "|---|---:|---:|---:|---:|")
    ours = max(one.seconds for one in guesses)
    theirs = max(one.peer_seconds for one in guesses)
    yield f"| conjugate gradients | {best.iterations} | {best.seconds:.2f} ({ours:.2f}) | {best.residual:.1e} | 1 |"
    yield (
        f"| over-relaxation | {SWEEPS} | {peer:.2f} ({theirs:.2f}) | {best.peer_residual:.1e} | "
        f"{peer / best.seconds:.1f} |"
    )
    level = min(one.seconds_to_peer for one in guesses)
    yield (
        f"\nWhat over-relaxation has in the end, conjugate gradients have after {level:.2f} s: "
        f"{peer / level:.0f} times as soon."
    )


def _pace_lines(result: Wind) -> Iterator[str]:
    one = result.paces[0].best[0]
    slow, fast = (result.copy_bytes_per_s[threads] / 1e9 for threads in (1, 2))
    yield from ("", "### Solve", "")
    yield (
        f"The same town, {one.iterations} iterations of k-epsilon after warming up. The raw limit is the memory: an "
        f"iteration goes through {one.passes:.0f} arrays of float32, and numpy copies at {slow:.1f} GB/s with one "
        f"thread and {fast:.1f} GB/s with two (bytes read and written). Processor time leaves out what other work took "
        "of the cores: the wall clock would say that were they ours alone."
    )
    yield from (
        "",
        "| processes | µs per cell and iteration (worst) | by processor time | × copying | momentum | pressure | k |",
        "|---|---:|---:|---:|---:|---:|---:|",
    )
    for paces in result.paces:
        yield _pace_row(paces, result.copy_bytes_per_s[sum(each.threads for each in paces.best)])


def _pace_row(paces: Paces, copied: float) -> str:
    pace = paces.best[0]
    shares = [1 - (pace.projection_s + pace.turbulence_s) / pace.seconds]
    shares += [pace.projection_s / pace.seconds, pace.turbulence_s / pace.seconds]
    parts = " | ".join(f"{share:.0%}" for share in shares)
    return (
        f"| {paces.title} | {min(paces.us):.3f} ({max(paces.us):.3f}) | {paces.processor_us:.3f} | "
        f"{paces.over_copying(copied):.1f} | {parts} |"
    )


def _case_lines(case: CaseA) -> Iterator[str]:
    yield from ("", "### Wind tunnel", "")
    yield (
        f"AIJ case A, one block, eight cells to its width: {case.cells:,} cells, {case.iterations} iterations, two "
        f"threads, {case.solve.best:.1f} s ({case.solve.worst:.1f}), {case.solve.best / case.guess.best:.0f} times its "
        f"first guess alone ({case.guess.best:.2f} s). FAC2 {case.scores.fac2:.2f}, q {case.scores.q:.2f}, "
        f"R {case.scores.r:.2f}, FB {case.scores.fb:.2f} at {case.scores.n} points."
    )


def _scenario_lines(result: Scenario) -> Iterator[str]:
    preview, warned = result.preview, result.warned
    yield from ("", "### Sample district", "")
    yield (
        f"One direction of a preview: {preview.blocks:,} blocks, {preview.cells:,} cells, {preview.iterations} "
        f"iterations: {preview.seconds.best:.1f} s ({preview.seconds.worst:.1f}) from asking to kept, in one process "
        "of two threads that is started for it. Lookups, in memory, between two directions of that preview:"
    )
    yield from ("", "| lookup | size | ms, best of 40 (worst) | × peer | peer |", "|---|---|---:|---:|---|")
    for one in result.lookups:
        ratio = one.ours.best / one.peer.best
        yield (
            f"| {one.title} | {one.size} | {1e3 * one.ours.best:.1f} ({1e3 * one.ours.worst:.1f}) | {ratio:.1f} | "
            f"{one.peer_title}: {1e3 * one.peer.best:.2f} ms |"
        )
    yield from ("", "From a notice of the met office to the ranked list, fields ready, HTTP left out:", "")
    yield (
        f"- in memory: {warned.memory.best:.2f} s ({warned.memory.worst:.2f}) for {warned.steps} hours, "
        f"{warned.memory.best / warned.reading.best:.1f} times the bare reading of the district from the database"
    )
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in warned.parts.items())
    yield f"- of these: {parts}"
    yield (
        f"- until the first page can be read from the database, through the queue of jobs: {warned.stored.best:.2f} s "
        f"({warned.stored.worst:.2f}); {warned.features:,} features, {warned.impacts} objects in the list"
    )


def _whole_lines(result: Whole) -> Iterator[str]:
    yield from ("", "### A real district", "")
    yield (
        f"{result.directions} directions in the finest quality, {result.blocks:,} blocks, {result.cells:,} cells, two "
        f"processes: {result.minutes:.0f} min, {result.peak_gb:.1f} GB at most, {result.kept_mb:.0f} MB kept."
    )
