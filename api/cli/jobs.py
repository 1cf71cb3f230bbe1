"""``twin jobs``: list, show and cancel long-running work."""

import json
from typing import Annotated

import typer
from rich.table import Table

from api.cli._database import opened
from api.console import out
from layers.ops.jobs import Job, cancel, job, jobs

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Number = Annotated[int, typer.Argument(help="The job's number.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="List, show and cancel long-running work.", invoke_without_command=True)
    verbs.callback()(_root)
    verbs.command("list")(list_jobs)
    verbs.command("show")(show)
    verbs.command("cancel")(cancel_job)
    app.add_typer(verbs, name="jobs")


def _root(context: typer.Context) -> None:
    """List the jobs when no verb is given."""
    if context.invoked_subcommand is None:
        list_jobs()


def list_jobs(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs."""
    with opened() as (database, _):
        newest = jobs(database, limit)
    if as_json:
        out().print_json(json.dumps([each.json() for each in newest], ensure_ascii=False))
        return
    table = Table("number", "what", "state", "progress", "message")
    for each in newest:
        table.add_row(str(each.id), each.title, each.state, _progress(each), each.message)
    out().print(table)


def show(number: Number, as_json: AsJson = False) -> None:
    """Show one job."""
    with opened() as (database, _):
        document = job(database, number)
    _show(document, as_json=as_json)


def cancel_job(number: Number, as_json: AsJson = False) -> None:
    """Ask a job to stop; what it has done so far is rolled back."""
    with opened() as (database, _):
        document = cancel(database, number)
    _show(document, as_json=as_json)


def _show(current: Job, *, as_json: bool) -> None:
    if as_json:
        out().print_json(json.dumps(current.json(), ensure_ascii=False))
        return
    for name, value in current.json().items():
        if value not in (None, ""):
            out().print(f"{name}: {value}", markup=False)


def _progress(current: Job) -> str:
    return f"{current.done:,}" if current.total is None else f"{current.done:,} / {current.total:,}"
