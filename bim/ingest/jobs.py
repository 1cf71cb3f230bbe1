"""Loads of building models as background jobs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bim.ingest.given import Given, model_options
from bim.ingest.load import load_model
from layers.intake import LoadSummary
from layers.ops.jobs import JobKind, Work, submit
from layers.registry import Registry
from layers.space import LocalGrid
from layers.store import Database

NAME = "model"
# What follows a load, with the layers as they are then, and its principal; it may add to the summary.
Afterwards = Callable[[Database, Registry, LoadSummary, str], LoadSummary]


def submit_model(
    database: Database, path: Path, given: Given, principal: str, grids: tuple[LocalGrid, ...] = ()
) -> int:
    """Queue the load of a model, and return the job's number; the worker must see the same path.

    Raises ParameterError for options that cannot be read, before anything is queued.
    """
    model_options(given, principal, grids)
    arguments = {"path": str(path.absolute()), "given": dict(given)}
    return submit(database, NAME, f"load model {path.name}", principal, arguments)


def model_kind(
    layers: Callable[[], Registry], grids: tuple[LocalGrid, ...] = (), afterwards: Afterwards | None = None
) -> JobKind:
    """Return the job kind of loads of models; ``layers`` returns all layers that there are then."""

    def run(work: Work) -> dict[str, Any]:
        arguments, registry = work.job.arguments, layers()
        options = model_options(arguments["given"], work.job.principal, grids)
        summary = load_model(work.database, registry, Path(arguments["path"]), options, work)
        if afterwards is not None:
            told = afterwards(work.database, registry, summary.load, options.principal)
            summary = replace(summary, load=told)
        result: dict[str, Any] = summary.json()
        return result

    return JobKind(NAME, run)
