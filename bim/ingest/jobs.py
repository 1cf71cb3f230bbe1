"""Loads of building models as background jobs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bim.ingest.given import Given, model_options
from bim.ingest.load import load_model
from layers.ops.jobs import JobKind, Work, submit
from layers.registry import Registry
from layers.space import LocalGrid
from layers.store import Database

NAME = "model"


def submit_model(
    database: Database, path: Path, given: Given, principal: str, grids: tuple[LocalGrid, ...] = ()
) -> int:
    """Queue the load of a model, and return the job's number; the worker must see the same path.

    Raises ParameterError for options that cannot be read, before anything is queued.
    """
    model_options(given, principal, grids)
    arguments = {"path": str(path.absolute()), "given": dict(given)}
    return submit(database, NAME, f"load model {path.name}", principal, arguments)


def model_kind(layers: Callable[[], Registry], grids: tuple[LocalGrid, ...] = ()) -> JobKind:
    """Return the job kind of loads of models; ``layers`` returns all layers that there are then."""

    def run(work: Work) -> dict[str, Any]:
        arguments = work.job.arguments
        options = model_options(arguments["given"], work.job.principal, grids)
        summary: dict[str, Any] = load_model(work.database, layers(), Path(arguments["path"]), options, work).json()
        return summary

    return JobKind(NAME, run)
