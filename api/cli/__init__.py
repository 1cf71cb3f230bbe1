"""The ``twin`` command line: each file of this folder adds its verbs, and is found by reading the folder."""

import importlib
import pkgutil
import sys
from importlib.metadata import version

import typer

from api.console import EXIT_FAILURE, EXIT_USAGE, err, out
from layers.errors import InputError, ParameterError, SourceError, TwinError


def build(verb: str | None = None) -> typer.Typer:
    """Return the command line with all its verbs; with ``verb`` only the module of that one is imported.

    Importing everything takes longer than most verbs themselves.
    """
    app = typer.Typer(
        name="twin",
        help="The map and digital twin of a city district.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    names = [entry.name for entry in pkgutil.iter_modules(__path__) if not entry.name.startswith("_")]
    for name in [verb] if verb in names else names:
        importlib.import_module(f"{__name__}.{name}").app_command(app)
    return app


def main() -> None:
    """Run the command line: one sentence on stderr and exit status 1 for what went wrong, 2 for bad usage."""
    words = [word for word in sys.argv[1:] if word != "--debug"]
    debug = len(words) < len(sys.argv) - 1
    try:
        build(words[0] if words else None)(words)
    except TwinError as error:
        if debug:
            raise
        _complain(str(error))
        sys.exit(_status(error))
    except Exception as error:
        if debug or not _is_database_trouble(error):
            raise
        _complain(f"the database does not answer: {_first_line(error)}; see: twin doctor")
        sys.exit(EXIT_FAILURE)


def _print_version(requested: bool) -> None:
    if requested:
        out().print(version("onemap-twin"))
        raise typer.Exit


def _root(
    show_version: bool = typer.Option(
        False, "--version", help="Print the version.", is_eager=True, callback=_print_version
    ),
    debug: bool = typer.Option(False, "--debug", help="Show where an error came from."),
) -> None:
    """Accept the options that may precede every verb; both have been handled already."""


def _status(error: TwinError) -> int:
    usage = isinstance(error, ParameterError) or (isinstance(error, InputError) and not isinstance(error, SourceError))
    return EXIT_USAGE if usage else EXIT_FAILURE


def _is_database_trouble(error: Exception) -> bool:
    import psycopg
    from sqlalchemy.exc import OperationalError

    return isinstance(error, OperationalError | psycopg.OperationalError)


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0].rstrip(".")


def _complain(sentence: str) -> None:
    err().print(f"twin: {sentence}", markup=False, style="red")
