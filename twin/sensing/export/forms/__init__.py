"""The forms of exported observations, one file each, found by reading the folder."""

import sys
from functools import cache

from layers.registry import on_shelf
from twin.sensing.export.form import Form


@cache
def forms() -> dict[str, Form]:
    """Return all forms by their ids."""
    return {one.id: one for one in on_shelf(sys.modules[__name__], "FORM", Form)}  # type: ignore[type-abstract]
