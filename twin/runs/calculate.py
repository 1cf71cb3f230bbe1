"""The job that calculates a run: it calls the scenario and stores the result."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from layers.errors import Conflict, NotFound
from layers.ops.jobs import JobKind, Work
from layers.store import Database
from twin.runs import record, store
from twin.runs.request import parameter_error
from twin.scenario import RunContext, Scenario, run_folder

Shelf = Callable[[], Mapping[str, Scenario[Any]]]


def run_kind(scenarios: Shelf, home: Path) -> JobKind:
    """Return the kind of jobs that calculates runs; ``home`` is the folder of all scenarios."""

    def run(work: Work) -> dict[str, Any]:
        return _calculate(work, scenarios, home)

    return JobKind(record.JOB, run)


def _calculate(work: Work, scenarios: Shelf, home: Path) -> dict[str, Any]:
    number = int(work.job.arguments["run"])
    run = record.get(work.database, number)
    if run.state == "done":
        # The worker died between the last commit and the end of the job.
        return {"run": number, "scenario": run.scenario}
    scenario = scenarios().get(run.scenario)
    if scenario is None:
        raise NotFound(f"this version of the program has no scenario {run.scenario!r}")
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


def _request(scenario: Scenario[Any], document: Mapping[str, Any]) -> Any:
    try:
        return scenario.parameters.model_validate(document)
    except ValidationError as error:
        raise Conflict(f"the request was made for another version of the scenario: {parameter_error(error)}") from error


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def sweep(database: Database, home: Path) -> None:
    """Remove the folders of runs that failed, were cancelled or no longer exist, as after the crash of a worker."""
    folders = [path for path in (home / "runs").glob("*") if path.name.isdigit()]
    with database.writer.connect() as connection:
        orphans = [path for path in folders if not record.is_wanted(connection, int(path.name))]
    for folder in orphans:
        _clear(folder)
