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


def source_suffixes() -> frozenset[str]:
    """Return the ends of the names of all files that can be read."""
    return frozenset(suffix for source in sources() for suffix in source.suffixes)


def open_source(path: Path, options: SourceOptions, registry: Registry) -> Reading:
    """Open a path with the source that recognises it."""
    if not path.exists():
        raise SourceError(str(path), "there is no such file; check the path")
    for source in sources():
        if source.recognises(path):
            source.require_supported(options)
            return source.open(path, options, registry)
    suffixes = ", ".join(sorted(source_suffixes()))
    raise SourceError(str(path), f"unknown format; files may end in {suffixes}, and folders contain a dataset.json")
