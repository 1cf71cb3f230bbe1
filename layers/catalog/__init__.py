"""The built-in layers, one file each; a file here declares one ``LAYER`` and is found by reading the folder."""

import sys

from layers.base import Layer
from layers.registry import Registry, on_shelf


def built_in() -> Registry:
    """Return a registry of the layers in this folder."""
    return Registry(on_shelf(sys.modules[__name__], "LAYER", Layer))  # type: ignore[type-abstract]
