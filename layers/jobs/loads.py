"""Loads as jobs."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from layers.catalog import built_in
from layers.ingest import LoadOptions, LoadSummary, load_path
from layers.jobs.queue import JobKind, submit
from layers.jobs.work import Work
from layers.raster.files import RasterFiles
from layers.registry import Registry
from layers.space.local_grid import LocalGrid
from layers.store.engine import Database
from layers.temporal import rfc3339

NAME = "load"


def submit_load(database: Database, path: Path, options: LoadOptions) -> int:
    """Put the load of a file into the queue, and return the job's number; the worker must see the same path."""
    wishes = {name: value for name, value in asdict(options).items() if value is not None}
    if options.date is not None:
        wishes["date"] = rfc3339(options.date)
    arguments = {"path": str(path.absolute()), "options": wishes}
    return submit(database, NAME, f"load {path.name}", options.principal, arguments)


# What is asked for after a load, of the layers as they are then, by its principal; it may add to the summary.
Afterwards = Callable[[Database, Registry, LoadSummary, str], LoadSummary]


def load_kind(
    layers: Callable[[], Registry], files: RasterFiles | None = None, afterwards: Afterwards | None = None
) -> JobKind:
    """Return loads as a kind of jobs; ``layers`` gives all layers that the names of new ones may not collide with.

    ``files`` is where rasters are kept.
    """

    def run(work: Work) -> dict[str, Any]:
        path = Path(work.job.arguments["path"])
        options, registry = _options(work.job.arguments["options"]), layers()
        summary = load_path(work.database, registry, path, options, work, files)
        return (afterwards(work.database, registry, summary, options.principal) if afterwards else summary).json()

    return JobKind(NAME, run)


def _options(stated: dict[str, Any]) -> LoadOptions:
    wishes = dict(stated)
    if "date" in wishes:
        wishes["date"] = datetime.fromisoformat(wishes["date"])
    if "extent" in wishes:
        wishes["extent"] = tuple(wishes["extent"])
    for name in ("names", "raster"):
        wishes[name] = tuple((one, other) for one, other in wishes.get(name, ()))
    wishes["grids"] = tuple(LocalGrid(**grid) for grid in wishes.get("grids", ()))
    return LoadOptions(**wishes)


LOAD = load_kind(built_in)
