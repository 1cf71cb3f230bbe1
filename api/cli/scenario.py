"""``twin scenario``: hazard scenarios, their runs and tasks."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import EXIT_FAILURE, out, read_settings
from api.work import scenarios_home
from layers.access import LOCAL_OPERATOR, Decision, require
from layers.errors import NotFound, ParameterError, SourceError
from layers.ops import jobs
from layers.store import Database
from twin.runs import record, tasks
from twin.runs.record import Run
from twin.runs.request import run_request
from twin.scenario import Scenario
from twin.scenarios import scenarios

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Number = Annotated[int, typer.Argument(help="The run's number.", min=1, max=2**63 - 1)]
_LOOK_S = 0.3


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Hazard scenarios: run them, follow their runs, decide on tasks.", no_args_is_help=True)
    verbs.command("list")(list_scenarios)
    verbs.command("run")(run)
    verbs.command("runs")(list_runs)
    verbs.command("show")(show)
    verbs.command("cancel")(cancel)
    verbs.command("tasks")(list_tasks)
    verbs.command("task")(task)
    app.add_typer(verbs, name="scenario")


def list_scenarios(as_json: AsJson = False) -> None:
    """List the scenarios."""
    listed = list(scenarios().values())
    if as_json:
        _print_json([{"id": each.id, "title": each.title.json()} for each in listed])
        return
    _print_table("scenarios", ("id", "title", "what it takes"), [_described(each) for each in listed])


def run(  # noqa: PLR0913 - each is an option of the command line
    scenario: Annotated[str, typer.Argument(help="The scenario's id, as 'twin scenario list' has it.")],
    *,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="One parameter: hours=3, or wind.speed_ms=25.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A JSON file with parameters.")] = None,
    title: Annotated[str | None, typer.Option(help="What people call the run.")] = None,
    parent: Annotated[int | None, typer.Option(help="The run that it is compared with.", min=1)] = None,
    on_map: Annotated[bool, typer.Option("--show", help="Show it on the map once it is done.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the result.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask for a run, which the worker does; with --wait the exit status tells how it went."""
    parameters = _from_file(file) if file else {}
    for setting in settings or []:
        _set_parameter(parameters, setting)
    request = run_request(_scenario(scenario), parameters, LOCAL_OPERATOR.name, title=title, parent=parent, show=on_map)
    with opened() as (database, _):
        created = record.create(database, request)
        result = _await(database, created.id) if wait else created
    _print_run(result, as_json=as_json)
    if wait and result.state != "done":
        raise typer.Exit(EXIT_FAILURE)


def list_runs(
    scenario: Annotated[str | None, typer.Argument(help="The scenario's id; all if not given.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest runs."""
    with opened() as (database, _):
        newest = record.runs(database, scenario, limit)
    if as_json:
        _print_json([each.json() for each in newest])
        return
    rows = [(str(each.id), each.scenario, each.title, each.state, _progress(each), _yes(each.shown)) for each in newest]
    _print_table("runs", ("number", "scenario", "title", "state", "progress", "shown"), rows)


def show(number: Number, as_json: AsJson = False) -> None:
    """Show one run."""
    with opened() as (database, _):
        state = record.get(database, number)
    _print_run(state, as_json=as_json)


def cancel(number: Number, as_json: AsJson = False) -> None:
    """Cancel a run that waits or is being calculated; delete one that is over, with all its results."""
    home = scenarios_home(read_settings())
    with opened() as (database, _):
        state = record.get(database, number)
        if state.state in jobs.FINAL:
            record.remove(database, home, state)
            out().print(f"run {number} is deleted", markup=False)
            return
        record.stop(database, state)
        state = record.get(database, number)
    _print_run(state, as_json=as_json)


def list_tasks(number: Number, as_json: AsJson = False) -> None:
    """List the tasks of a run, in their order."""
    with opened() as (database, _):
        listed = tasks.of_run(database, record.get(database, number).id, _decision())
    if as_json:
        _print_json(listed)
        return
    rows = [
        (str(each["id"]), each["title"]["zh"], each["level_title"]["zh"], each["owner"], each["deadline"], _state(each))
        for each in listed
    ]
    _print_table("tasks", ("number", "what", "level", "owner", "deadline", "state"), rows)


def task(
    number: Annotated[int, typer.Argument(help="The task's number.", min=1, max=2**63 - 1)],
    action: Annotated[str | None, typer.Argument(help="confirm, reassign, start, done, drop or report.")] = None,
    note: Annotated[str, typer.Option(help="A remark.")] = "",
    owner: Annotated[str | None, typer.Option(help="Who is to do it, with confirm or reassign.")] = None,
    phone: Annotated[str | None, typer.Option(help="How the owner is reached.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a task, or show it when no action is given."""
    with opened() as (database, _):
        if action is not None:
            act = tasks.TaskDecision(action, LOCAL_OPERATOR.name, note, owner, phone)
            tasks.do(database, number, act, _decision())
        document = tasks.show(database, number, _decision())
    if as_json:
        _print_json(document)
        return
    for name, value in document.items():
        if value not in (None, "", [], {}) and name != "events":
            out().print(f"{name}: {_words(value)}", markup=False)
    for event in document["events"]:
        out().print(f"{event['at']} {event['who']} {event['what']} {event['note']}".rstrip(), markup=False)


def _scenario(scenario_id: str) -> Scenario[Any]:
    match = scenarios().get(scenario_id)
    if match is None:
        raise NotFound(f"there is no scenario {scenario_id!r}; 'twin scenario list' lists them")
    return match


def _from_file(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SourceError(str(path), f"this cannot be read as JSON ({error})") from error
    if not isinstance(document, dict):
        raise SourceError(str(path), "a request must be a JSON object")
    return document


def _set_parameter(parameters: dict[str, Any], setting: str) -> None:
    """Set ``name=value`` or ``outer.inner=value`` in the parameters; a value that is not JSON is taken as text."""
    path, equals, value = setting.partition("=")
    *outer, name = (part.strip() for part in path.split("."))
    if not equals or not all((*outer, name)):
        raise ParameterError("--set", f"{setting!r} is not of the form name=value")
    group = parameters
    for part in outer:
        group = group.setdefault(part, {})
        if not isinstance(group, dict):
            raise ParameterError("--set", f"{setting!r}: {part} has a value already and is not a group of parameters")
    try:
        group[name] = orjson.loads(value)
    except orjson.JSONDecodeError:
        group[name] = value


def _await(database: Database, number: int) -> Run:
    """Follow a run by a progress bar until it is over; Ctrl-C leaves it running."""
    with Bar() as bar:
        while (state := record.get(database, number)).state not in jobs.FINAL:
            bar.report(state.done, state.total, state.message or "waiting for the worker")
            time.sleep(_LOOK_S)
    return state


def _decision() -> Decision:
    return require(LOCAL_OPERATOR, "read", "tasks")


def _described(scenario: Scenario[Any]) -> tuple[str, str, str]:
    return scenario.id, f"{scenario.title.zh} {scenario.title.en}", ", ".join(scenario.parameters.model_fields)


def _print_run(state: Run, *, as_json: bool) -> None:
    if as_json:
        _print_json(state.json())
        return
    fields = state.json() | {"progress": _progress(state), "message": state.message, "times": None, "request": None}
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            out().print(f"{name}: {_words(value)}", markup=False)


def _progress(state: Run) -> str:
    return f"{state.done:,}" if state.total is None else f"{state.done:,} / {state.total:,}"


def _state(document: dict[str, Any]) -> str:
    return f"{document['state_title']['zh']}{' 超时' if document['overdue'] else ''}"


def _yes(shown: bool) -> str:
    return "*" if shown else ""


def _words(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _print_json(value: Any) -> None:
    out().print_json(json.dumps(value, ensure_ascii=False))


def _print_table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    out().print(table)
