"""Layers of the living city: those in this folder, one file each, and those that scenarios declare for their runs."""

import sys

from layers.base import Layer
from layers.registry import on_shelf
from twin import scenarios


def declared() -> list[Layer]:
    """Return the layers in this folder in order of the file names, then each scenario's ``LAYERS``."""
    of_scenarios = [layer for layers in on_shelf(scenarios, "LAYERS", tuple) for layer in layers]
    return [*on_shelf(sys.modules[__name__], "LAYER", Layer), *of_scenarios]  # type: ignore[type-abstract]
