"""Loads as background jobs."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from layers.catalog import built_in
from layers.intake.ingest import LoadOptions, LoadSummary, load_path
from layers.ops.jobs.queue import JobKind, submit
from layers.ops.jobs.work import Work
from layers.raster.files import RasterFiles
from layers.registry import Registry
from layers.space.local_grid import LocalGrid
from layers.store.engine import Database
from layers.temporal import rfc3339

NAME = "load"


def submit_load(database: Database, path: Path, options: LoadOptions) -> int:
    """Queue the load of a file, and return the job's number; the worker must see the same path."""
    overrides = {name: value for name, value in asdict(options).items() if value is not None}
    if options.date is not None:
        overrides["date"] = rfc3339(options.date)
    arguments = {"path": str(path.absolute()), "options": overrides}
    return submit(database, NAME, f"load {path.name}", options.principal, arguments)


# What follows a load, with the layers as they are then, and its principal; it may add to the summary.
Afterwards = Callable[[Database, Registry, LoadSummary, str], LoadSummary]


def load_kind(
    layers: Callable[[], Registry], files: RasterFiles | None = None, afterwards: Afterwards | None = None
) -> JobKind:
    """Return the job kind of loads; ``layers`` returns all layers whose names new ones must not take.

    ``files`` is where rasters are kept.
    """

    def run(work: Work) -> dict[str, Any]:
        path = Path(work.job.arguments["path"])
        options, registry = _options(work.job.arguments["options"]), layers()
        summary = load_path(work.database, registry, path, options, work, files)
        return (afterwards(work.database, registry, summary, options.principal) if afterwards else summary).json()

    return JobKind(NAME, run)


def _options(arguments: dict[str, Any]) -> LoadOptions:
    overrides = dict(arguments)
    if "date" in overrides:
        overrides["date"] = datetime.fromisoformat(overrides["date"])
    if "extent" in overrides:
        overrides["extent"] = tuple(overrides["extent"])
    for name in ("names", "raster"):
        overrides[name] = tuple((one, other) for one, other in overrides.get(name, ()))
    overrides["grids"] = tuple(LocalGrid(**grid) for grid in overrides.get("grids", ()))
    return LoadOptions(**overrides)


LOAD = load_kind(built_in)
