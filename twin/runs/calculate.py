"""A run being calculated: the job that calls the scenario and keeps what it gives back."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from layers.errors import Conflict, NotFound
from layers.jobs import JobKind
from layers.jobs.work import Work
from layers.store.engine import Database
from twin.runs import record, store
from twin.runs.request import parameter_error
from twin.scenario import RunContext, Scenario, run_folder

Shelf = Callable[[], Mapping[str, Scenario[Any]]]


def run_kind(shelf: Shelf, home: Path) -> JobKind:
    """Return runs as a kind of jobs; ``home`` is the folder of all scenarios."""

    def run(work: Work) -> dict[str, Any]:
        return _calculate(work, shelf, home)

    return JobKind(record.JOB, run)


def _calculate(work: Work, shelf: Shelf, home: Path) -> dict[str, Any]:
    number = int(work.job.arguments["run"])
    run = record.get(work.database, number)
    if run.state == "done":
        # The worker died between the last commit and the end of the job.
        return {"run": number, "scenario": run.scenario}
    scenario = shelf().get(run.scenario)
    if scenario is None:
        raise NotFound(f"there is no scenario {run.scenario!r} in this version of the program")
    folder = run_folder(home, number)
    _clear(folder)
    try:
        context = RunContext(work.database, work, home, number, run.created)
        result = scenario.run(context, _request(scenario, run.request))
        show = bool(work.job.arguments.get("show"))
        store.keep(work.database, number, result, work, kinds=scenario.feature_kinds, show=show)
    except BaseException:
        _clear(folder)
        raise
    return {"run": number, "scenario": run.scenario, "features": len(result.features)}


def _request(scenario: Scenario[Any], stated: Mapping[str, Any]) -> Any:
    try:
        return scenario.parameters.model_validate(stated)
    except ValidationError as error:
        raise Conflict(f"the request was made for another version of the scenario: {parameter_error(error)}") from error


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def sweep(database: Database, home: Path) -> None:
    """Remove the folders of runs that failed, were cancelled or are not there, as after the death of a worker."""
    folders = [path for path in (home / "runs").glob("*") if path.name.isdigit()]
    with database.writer.connect() as connection:
        lost = [path for path in folders if not record.is_wanted(connection, int(path.name))]
    for folder in lost:
        _clear(folder)
