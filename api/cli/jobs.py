"""``twin jobs``: long work, seen and cancelled."""

import json
from typing import Annotated

import typer
from rich.table import Table

from api.cli._database import opened
from api.console import out
from layers.jobs import Job, cancel, job, jobs

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Number = Annotated[int, typer.Argument(help="The job's number.")]


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="See and cancel long work.", invoke_without_command=True)
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
        found = jobs(database, limit)
    if as_json:
        out().print_json(json.dumps([one.json() for one in found], ensure_ascii=False))
        return
    table = Table("number", "what", "state", "progress", "message")
    for one in found:
        table.add_row(str(one.id), one.title, one.state, _progress(one), one.message)
    out().print(table)


def show(number: Number, as_json: AsJson = False) -> None:
    """Show one job."""
    with opened() as (database, _):
        found = job(database, number)
    _show(found, as_json=as_json)


def cancel_job(number: Number, as_json: AsJson = False) -> None:
    """Ask a job to stop; what it has done so far is taken back."""
    with opened() as (database, _):
        found = cancel(database, number)
    _show(found, as_json=as_json)


def _show(found: Job, *, as_json: bool) -> None:
    if as_json:
        out().print_json(json.dumps(found.json(), ensure_ascii=False))
        return
    for name, value in found.json().items():
        if value not in (None, ""):
            out().print(f"{name}: {value}", markup=False)


def _progress(found: Job) -> str:
    return f"{found.done:,}" if found.total is None else f"{found.done:,} / {found.total:,}"
