"""n:m crosswalks: which areas of two partitions overlap, and by how much."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import ParameterError
from layers.space.gridding import equal_area, pieces_of
from layers.space.grids.base import Floats

# Pairs of areas that one crosswalk may have.
MOST_PAIRS = 100_000
# Square metres: the overlap along a common border that comes from rounding coordinates.
_NOTHING_M2 = 1e-4


@dataclass(frozen=True)
class Crosswalk:
    """Pairs (n,) of places in two lists of areas, with what they share, on the ellipsoid.

    ``area_m2`` is the shared area, ``share`` that of the first area, ``share_back`` that of the second.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    area_m2: Floats
    share: Floats
    share_back: Floats


def crosswalk(first: "NDArray[Any]", second: "NDArray[Any]", most: int = MOST_PAIRS) -> Crosswalk:
    """Return the crosswalk of two lists of areas (shapely, EPSG:4490, longitude first), in order of both.

    Raises ParameterError where there are more than ``most`` pairs. Areas of one list that overlap count each.
    """
    if not len(first) or not len(second):
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        return Crosswalk(none, none, nothing, nothing, nothing)
    one, other, shared = pieces_of(first, second)
    if len(one) > most:
        raise ParameterError("level", f"{len(one)} pairs; {most} are allowed; use a coarser level or a smaller area")
    plane = equal_area(first)
    area, first_area, second_area = (
        np.asarray(shapely.area(shapely.transform(shapes, plane))) for shapes in (shared, first, second)
    )
    has_area = area > _NOTHING_M2
    order = np.lexsort((other[has_area], one[has_area]))
    one, other, area = one[has_area][order], other[has_area][order], area[has_area][order]
    return Crosswalk(one, other, area, area / first_area[one], area / second_area[other])
