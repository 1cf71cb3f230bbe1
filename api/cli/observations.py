"""``twin observations``: what sensors observed, from files and to files."""

import typer

from api.cli._observations_export import export
from api.cli._observations_load import load


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Observations of sensors: load them from files, export them.", no_args_is_help=True)
    verbs.command("load")(load)
    verbs.command("export")(export)
    app.add_typer(verbs, name="observations")
