"""``twin up``, ``twin serve`` and ``twin down``: the processes of this machine."""

import os

import typer

from api.console import out, read_settings


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(up)
    app.command()(serve)
    app.command()(down)


def up(
    detach: bool = typer.Option(False, "--detach", "-d", help="Return once the server answers, and keep it running."),
    simulate: bool = typer.Option(False, "--simulate", help="Let the sample's simulated sensors speak with the clock."),
) -> None:
    """Start everything: database, web and background processes; load the sample into an empty database."""
    from api.serve import background

    if simulate:
        # For the process in the background as well.
        os.environ["TWIN_SIMULATE"] = "true"
    settings = read_settings()
    if background.told_already_up(settings, _tell):
        return
    if detach:
        background.detach(settings, _tell)
        return
    from api.serve import run

    run.run(settings, _tell)


def serve() -> None:
    """Start the web processes only, on a database that 'twin up' has created; no background worker, no loading."""
    from api.serve import run

    run.run(read_settings(), _tell, web_only=True)


def down() -> None:
    """Stop everything that 'twin up' started, and the private database."""
    from api.serve import run

    run.down(read_settings(), _tell)


def _tell(line: str) -> None:
    out().print(line, markup=False)
