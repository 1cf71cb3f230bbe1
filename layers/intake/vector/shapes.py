"""Shapes from WKB, with None for unreadable ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely


def shapes_of(geometries: Sequence[bytes | None]) -> "np.ndarray[Any, Any]":
    """Return shapes; None stands for no geometry and for one that cannot be read, such as an arc."""
    try:
        return np.asarray(shapely.from_wkb(geometries, on_invalid="ignore"), dtype=object)
    except NotImplementedError:
        shapes = np.empty(len(geometries), dtype=object)
        for index, geometry in enumerate(geometries):
            shapes[index] = None if why_unreadable(geometry) else shapely.from_wkb(geometry)
        return shapes


def why_unreadable(geometry: bytes | None) -> str | None:
    """Return why a geometry cannot be read, None where it can."""
    try:
        shapely.from_wkb(geometry)
    except (shapely.errors.ShapelyError, NotImplementedError) as error:
        return str(error).split(": ", 1)[-1]
    return None
