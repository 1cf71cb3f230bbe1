"""Formats of pixels, one file each: a file in here declares one ``FORMAT`` and is found by reading the folder."""

import sys
from pathlib import Path

from layers.raster.format import RasterFormat
from layers.registry import on_shelf


def formats() -> list[RasterFormat]:
    """Return the formats of this folder."""
    return on_shelf(sys.modules[__name__], "FORMAT", RasterFormat)


def format_of(path: Path) -> RasterFormat | None:
    """Return the format of a path, or None where it is no raster's."""
    return next((one for one in formats() if one.recognises(path)), None)
