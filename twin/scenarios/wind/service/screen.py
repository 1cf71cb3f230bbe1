"""Buildings that a reader may not see, in pictures of the wind: air is drawn where they stand."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.access.decide import Decision
from layers.grades import Grade
from twin.scenarios.wind.library.library import WindMap
from twin.scenarios.wind.service.city import City

F64 = NDArray[np.float64]
# The cells of a field are blank a little beyond the walls, metres.
_BEYOND_M = 12.0


@dataclass(frozen=True)
class Screen:
    """The ground plans, in metres of the plane, that one reader may not see, without those that the reader may."""

    hidden: Any

    def covers(self, xy: F64) -> NDArray[np.bool_]:
        """Tell of each place (n, 2 or 3) whether what is blank there would give a building away."""
        return np.asarray(shapely.contains_xy(self.hidden, xy[:, 0], xy[:, 1]), dtype=bool)

    def map(self, found: WindMap) -> WindMap:
        """Return gusts at a height with air in the place of hidden buildings."""
        x, y = np.meshgrid(found.axis, found.axis)
        covered = self.covers(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
        blank = np.isnan(found.gust)
        if not (covered & blank).any():
            return found
        u, v, gust = (filled(values, blank, covered) for values in (found.u, found.v, found.gust))
        return replace(found, u=u, v=v, gust=gust)


def filled(values: Any, blank: NDArray[np.bool_], covered: NDArray[np.bool_]) -> Any:
    """Return values in which those that are blank and covered are those of the nearest place that is not blank."""
    from scipy.ndimage import distance_transform_edt

    if blank.all():
        return np.where(covered, 0.0, values)
    nearest = distance_transform_edt(blank, return_distances=False, return_indices=True)
    return np.where(blank & covered, np.asarray(values)[tuple(nearest)], values)


def screen_of(city: City, decision: Decision) -> Screen:
    """Return what one reader may not see of a city."""
    grades = [Grade.OPEN if owner is None else Grade(owner["grade"]) for owner in city.owners]
    blocks = city.district.blocks
    hidden = [block.outline for block, grade in zip(blocks, grades, strict=True) if grade > decision.clearance]
    if not hidden:
        return Screen(shapely.Polygon())
    shown = [block.outline for block, grade in zip(blocks, grades, strict=True) if grade <= decision.clearance]
    beyond = shapely.buffer(shapely.union_all(hidden), _BEYOND_M)
    near = [outline for outline in shown if outline.intersects(beyond)]
    return Screen(shapely.difference(beyond, shapely.union_all(near)))
