"""The formats that can be read into layers, one module each.

A module or package here declares one ``SOURCE`` and is discovered automatically.
"""

import sys
from pathlib import Path

from layers.errors import SourceError
from layers.intake.source import Reading, Source, SourceOptions
from layers.registry import Registry, on_shelf


def sources() -> list[Source]:
    """Return all sources."""
    return on_shelf(sys.modules[__name__], "SOURCE", Source)  # type: ignore[type-abstract]


def open_source(path: Path, options: SourceOptions, registry: Registry) -> Reading:
    """Open a path with the source that recognises it."""
    if not path.exists():
        raise SourceError(str(path), "there is no such file; check the path")
    for source in sources():
        if source.recognises(path):
            source.require_supported(options)
            return source.open(path, options, registry)
    suffixes = ", ".join(sorted(suffix for source in sources() for suffix in source.suffixes))
    raise SourceError(str(path), f"unknown format; files may end in {suffixes}, and folders contain a dataset.json")
