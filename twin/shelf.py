"""The layers of the living city: those of ``twin/catalog/``, one file each, and those that scenarios declare."""

from layers.base import Layer
from layers.registry import on_shelf
from twin import catalog, scenarios


def declared() -> list[Layer]:
    """Return the layers of the catalog in order of the file names, then each scenario's ``LAYERS``."""
    of_scenarios = [layer for layers in on_shelf(scenarios, "LAYERS", tuple) for layer in layers]
    return [*on_shelf(catalog, "LAYER", Layer), *of_scenarios]  # type: ignore[type-abstract]
