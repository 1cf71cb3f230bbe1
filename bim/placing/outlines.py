"""Outlines of the map taken along with the model that they are of: pure."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.georeference import Placement

# A metre higher the same place is off by a few nanometres for each metre from the anchor: it converges at once.
_STEPS = 3


def moved_outlines(
    outlines: "NDArray[Any]", low: NDArray[np.float64], before: Placement, after: Placement
) -> "NDArray[Any]":
    """Return outlines (n,) in degrees (EPSG:4490) of a model that stood at ``before``, where it stands at ``after``.

    ``low`` (n,) is the height over the model's origin, in metres, that each lies at.
    """
    if not len(outlines):
        return outlines
    places, which = shapely.get_coordinates(outlines, return_index=True)
    points = _in_the_model(places, low[which], before)
    moved: NDArray[Any] = shapely.set_coordinates(outlines.copy(), after.geodetic(points)[:, :2])
    return moved


def _in_the_model(places: NDArray[np.float64], z: NDArray[np.float64], placement: Placement) -> NDArray[np.float64]:
    """Return the points (n, 3) of a model at heights ``z`` of its frame, of longitudes and latitudes (n, 2)."""
    height = placement.height_m + z - placement.anchor[2]
    points = placement.model(np.column_stack([places, height]))
    for _ in range(_STEPS):
        height = height + z - points[:, 2]
        points = placement.model(np.column_stack([places, height]))
    return points
