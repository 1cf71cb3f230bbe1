"""The formats that observations are read from, one file each, found by reading the folder."""

import sys
from pathlib import Path

from layers.errors import SourceError
from layers.registry import on_shelf
from twin.sensing.files.format import Format


def format_of(path: Path) -> Format:
    """Return the format of a file, by its suffix. Raises SourceError."""
    if not path.is_file():
        raise SourceError(str(path), "there is no such file")
    known: list[Format] = on_shelf(sys.modules[__name__], "FORMAT", Format)  # type: ignore[type-abstract]
    found = next((one for one in known if path.name.lower().endswith(one.suffixes)), None)
    if found is None:
        suffixes = ", ".join(suffix for one in known for suffix in one.suffixes)
        raise SourceError(str(path), f"no observations are read from such a file, but from {suffixes}")
    return found
