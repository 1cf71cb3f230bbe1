"""Occupied ground, so that synthetic objects are not placed on it."""

from dataclasses import dataclass

from shapely import STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from . import facts, landmarks, office_block, water
from .fabric import House
from .streets import Grid, lane_roads


@dataclass(frozen=True)
class Ground:
    """Buildings, streets and water of the district, in the plane."""

    buildings: STRtree
    streets: STRtree
    streets_by_rank: tuple[facts.Road, ...]
    waters: STRtree

    def is_free(self, point: Point, clear_m: float = 0.0, own: facts.Road | None = None) -> bool:
        """Tell whether a point is clear of buildings, dry, and on no carriageway but that of ``own``."""
        spot = point.buffer(clear_m, quad_segs=4) if clear_m else point
        if len(self.waters.query(spot, predicate="intersects")) or len(self.buildings.query(spot, "intersects")):
            return False
        crossed = (self.streets_by_rank[rank] for rank in self.streets.query(point, predicate="intersects"))
        return all(own is not None and road.key == own.key for road in crossed)


def ground(grid: Grid, houses: list[House]) -> Ground:
    """Survey the district."""
    roads = tuple([road for road in grid.roads if road.on_ground] + lane_roads(grid))
    buildings: list[BaseGeometry] = [landmark.plan for landmark in landmarks.landmarks()]
    buildings += [office_block.ground_plan(), *(house.plan.shape for house in houses)]
    return Ground(
        buildings=STRtree(buildings),
        streets=STRtree([road.band(-0.5) for road in roads]),
        streets_by_rank=roads,
        waters=STRtree([feature.geometry for feature in water.surfaces()]),
    )
