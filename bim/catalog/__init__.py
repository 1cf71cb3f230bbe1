"""Layers of buildings in 3-D, one file each, found by reading the folder."""

import sys

from layers.base import Layer
from layers.registry import on_shelf


def declared() -> list[Layer]:
    """Return the layers in this folder in order of the file names."""
    return on_shelf(sys.modules[__name__], "LAYER", Layer)  # type: ignore[type-abstract]
