"""``twin worker``: the process that runs the jobs."""

import asyncio

import typer

from api.cli._database import opened
from api.console import read_settings
from api.serve.unprivileged import give_up_root
from api.work import job_kinds, periodic_tasks
from layers.ops.jobs import run_worker


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(worker)


def worker(
    until_empty: bool = typer.Option(False, "--until-empty", help="Stop once no job is waiting."),
) -> None:
    """Process queued jobs until asked to stop; 'twin up' runs one of these."""
    settings = read_settings()
    with opened() as (database, _):
        kinds, periodic = job_kinds(settings), periodic_tasks(settings)
        give_up_root(settings)
        asyncio.run(run_worker(database, kinds, periodic, until_empty=until_empty))
