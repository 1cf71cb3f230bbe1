"""``twin worker``: the process that does the jobs."""

import asyncio

import typer

from api.cli._database import opened
from layers.jobs import run_worker


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(worker)


def worker(
    until_empty: bool = typer.Option(False, "--until-empty", help="Stop once no job is waiting."),
) -> None:
    """Do the jobs that wait, until it is asked to stop; 'twin up' runs one of these."""
    with opened() as (database, _):
        asyncio.run(run_worker(database, until_empty=until_empty))
