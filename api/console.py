"""What all verbs of the command line share: the two consoles and the settings."""

from functools import cache

from pydantic import ValidationError
from rich.console import Console

from layers.errors import InputError
from layers.settings import Settings

EXIT_FAILURE, EXIT_USAGE = 1, 2


@cache
def out() -> Console:
    """Return the console for results."""
    return Console(highlight=False, soft_wrap=True)


@cache
def err() -> Console:
    """Return the console for progress and error messages."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def read_settings() -> Settings:
    """Return the settings of this process; raises InputError that names a variable which cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"TWIN_{name}: {first['msg']} (it is {first['input']!r})") from error
