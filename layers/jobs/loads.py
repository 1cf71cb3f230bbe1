"""Loads as jobs."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from layers.catalog import built_in
from layers.ingest import LoadOptions, load_path
from layers.jobs.queue import JobKind, submit
from layers.jobs.work import Work
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


def _run(work: Work) -> dict[str, Any]:
    wishes = dict(work.job.arguments["options"])
    if "date" in wishes:
        wishes["date"] = datetime.fromisoformat(wishes["date"])
    if "extent" in wishes:
        wishes["extent"] = tuple(wishes["extent"])
    path = Path(work.job.arguments["path"])
    return load_path(work.database, built_in(), path, LoadOptions(**wishes), work).json()


LOAD = JobKind(NAME, _run)
