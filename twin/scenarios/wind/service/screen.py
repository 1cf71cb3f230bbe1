"""Hides buildings that a reader may not see in pictures of the wind, by drawing air instead."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.access import Decision
from layers.grades import Grade
from twin.scenarios.wind.library.library import WindMap
from twin.scenarios.wind.service.city import City

F64 = NDArray[np.float64]
# The cells of a field are blank a little beyond the walls, metres.
_BEYOND_M = 12.0


@dataclass(frozen=True)
class Screen:
    """The ground plans, in metres of the plane, that a reader may not see, without those that the reader may see."""

    hidden: Any

    def covers(self, xy: F64) -> NDArray[np.bool_]:
        """Tell for each place (n, 2 or 3) whether a blank there would reveal a hidden building."""
        return np.asarray(shapely.contains_xy(self.hidden, xy[:, 0], xy[:, 1]), dtype=bool)

    def map(self, wind_map: WindMap) -> WindMap:
        """Return gusts at a height with air instead of hidden buildings."""
        x, y = np.meshgrid(wind_map.axis, wind_map.axis)
        covered = self.covers(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
        blank = np.isnan(wind_map.gust)
        if not (covered & blank).any():
            return wind_map
        u, v, gust = (filled(values, blank, covered) for values in (wind_map.u, wind_map.v, wind_map.gust))
        return replace(wind_map, u=u, v=v, gust=gust)


def filled(values: Any, blank: NDArray[np.bool_], covered: NDArray[np.bool_]) -> Any:
    """Return values in which blank and covered places have the value of the nearest place that is not blank."""
    from scipy.ndimage import distance_transform_edt

    if blank.all():
        return np.where(covered, 0.0, values)
    nearest = distance_transform_edt(blank, return_distances=False, return_indices=True)
    return np.where(blank & covered, np.asarray(values)[tuple(nearest)], values)


def screen_of(city: City, decision: Decision) -> Screen:
    """Return the screen of the buildings that one reader may not see."""
    grades = [Grade.OPEN if owner is None else Grade(owner["grade"]) for owner in city.owners]
    blocks = city.district.blocks
    hidden = [block.outline for block, grade in zip(blocks, grades, strict=True) if grade > decision.clearance]
    if not hidden:
        return Screen(shapely.Polygon())
    visible = [block.outline for block, grade in zip(blocks, grades, strict=True) if grade <= decision.clearance]
    covered = shapely.buffer(shapely.union_all(hidden), _BEYOND_M)
    neighbours = [outline for outline in visible if outline.intersects(covered)]
    return Screen(shapely.difference(covered, shapely.union_all(neighbours)))
