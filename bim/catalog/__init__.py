"""Layers of buildings in 3-D, one file each, found by reading the folder."""

import sys

from bim.catalog.annotations import LAYER as ANNOTATIONS
from bim.catalog.building_elements import LAYER as BUILDING_ELEMENTS
from bim.catalog.design_schemes import LAYER as DESIGN_SCHEMES
from bim.catalog.scheme_elements import LAYER as SCHEME_ELEMENTS
from layers.base import Layer
from layers.registry import on_shelf

__all__ = ["ANNOTATIONS", "BUILDING_ELEMENTS", "DESIGN_SCHEMES", "SCHEME_ELEMENTS", "declared"]


def declared() -> list[Layer]:
    """Return the layers in this folder in order of the file names."""
    return on_shelf(sys.modules[__name__], "LAYER", Layer)  # type: ignore[type-abstract]
