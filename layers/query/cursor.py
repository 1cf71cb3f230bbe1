"""Cursors of next links: two whole numbers that say after which row a page begins."""

import re

from layers.errors import ParameterError

_PAIR = re.compile(r"(\d{1,18})\.(-?\d{1,18})", re.ASCII)


def write_cursor(first: int, second: int) -> str:
    """Return a cursor as it stands in links."""
    return f"{first}.{second}"


def read_cursor(text: str) -> tuple[int, int]:
    """Read the cursor of a ``next`` link."""
    match = _PAIR.fullmatch(text)
    if match is None:
        raise no_cursor(text)
    return int(match[1]), int(match[2])


def no_cursor(text: str) -> ParameterError:
    """Return the error of a text that no link of ours has."""
    return ParameterError("after", f"{text!r} is not the cursor of a next link")
