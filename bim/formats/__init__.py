"""The formats of building models, one module each, found by reading the folder: each declares one ``FORMAT``."""

import sys
from pathlib import Path

from bim.reading import ModelFormat, ModelReading, ReadOptions
from layers.errors import SourceError
from layers.registry import on_shelf


def formats() -> list[ModelFormat]:
    """Return all formats."""
    return on_shelf(sys.modules[__name__], "FORMAT", ModelFormat)  # type: ignore[type-abstract]


def model_suffixes() -> frozenset[str]:
    """Return the ends of the names of all files that may be building models."""
    return frozenset(suffix for known in formats() for suffix in known.suffixes)


def open_model(path: Path, options: ReadOptions | None = None) -> ModelReading:
    """Open a file with the format that recognises it."""
    if not path.exists():
        raise SourceError(str(path), "there is no such file; check the path")
    for known in formats():
        if known.recognises(path):
            return known.open(path, options or ReadOptions())
    suffixes = ", ".join(sorted(model_suffixes()))
    raise SourceError(str(path), f"unknown format of a building model; files may end in {suffixes}")
