"""What can be read into layers, one format each.

A file or folder in here declares one ``SOURCE`` and is found by reading the shelf.
"""

import sys
from pathlib import Path

from layers.errors import SourceError
from layers.registry import Registry, on_shelf
from layers.source import Reading, Source, SourceOptions


def sources() -> list[Source]:
    """Return the sources on this shelf."""
    return on_shelf(sys.modules[__name__], "SOURCE", Source)  # type: ignore[type-abstract]


def open_source(path: Path, options: SourceOptions, registry: Registry) -> Reading:
    """Open a path with the source that recognises it."""
    if not path.exists():
        raise SourceError(str(path), "there is no such file; check the path")
    for source in sources():
        if source.recognises(path):
            source.require_heeded(options)
            return source.open(path, options, registry)
    known = ", ".join(sorted(suffix for source in sources() for suffix in source.suffixes))
    raise SourceError(str(path), f"no source reads it; files may end in {known}, folders hold a dataset.json")
