"""Formats of pixels, one file each: a file in here declares one ``FORMAT`` and is found by reading the folder."""

import sys
from pathlib import Path

from layers.raster.format import RasterFormat
from layers.registry import on_shelf


def formats() -> list[RasterFormat]:
    """Return the formats of this folder."""
    return on_shelf(sys.modules[__name__], "FORMAT", RasterFormat)


def raster_suffixes() -> frozenset[str]:
    """Return the ends of the names of all files that hold pixels."""
    return frozenset(suffix for known in formats() for suffix in known.suffixes)


def format_of(path: Path) -> RasterFormat | None:
    """Return the format of a path, or None where it is no raster's."""
    return next((one for one in formats() if one.recognises(path)), None)
