"""Loads of building models as background jobs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bim.checking import IdsReport
from bim.ingest.check_jobs import keep_report
from bim.ingest.examination import Examination
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
    database: Database,
    path: Path,
    given: Given,
    principal: str,
    grids: tuple[LocalGrid, ...] = (),
    ids: Path | None = None,
) -> int:
    """Queue the load of a model, and return the job's number; the worker must see the same path.

    ``ids`` is a delivery specification, and the report on it is then kept beside the model. Raises ParameterError for
    options that cannot be read, before anything is queued.
    """
    model_options(given, principal, grids)
    arguments: dict[str, Any] = {"path": str(path.absolute()), "given": dict(given)}
    if ids is not None:
        arguments["ids"] = str(ids.absolute())
    return submit(database, NAME, f"load model {path.name}", principal, arguments)


def model_kind(
    layers: Callable[[], Registry], grids: tuple[LocalGrid, ...] = (), afterwards: Afterwards | None = None
) -> JobKind:
    """Return the job kind of loads of models; ``layers`` returns all layers that there are then."""

    def run(work: Work) -> dict[str, Any]:
        arguments, registry = work.job.arguments, layers()
        options = model_options(arguments["given"], work.job.principal, grids)
        path, ids = Path(arguments["path"]), arguments.get("ids")
        options = replace(options, ids=None if ids is None else Path(ids))

        def checked(found: IdsReport) -> None:
            keep_report(path, Examination(str(path), found.schema, {}, found).json())

        summary = load_model(work.database, registry, path, options, work, checked)
        if afterwards is not None:
            told = afterwards(work.database, registry, summary.load, options.principal)
            summary = replace(summary, load=told)
        result: dict[str, Any] = summary.json()
        return result

    return JobKind(NAME, run)
