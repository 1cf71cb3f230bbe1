"""The wall of a house that faces the street."""

from dataclasses import dataclass
from itertools import pairwise

from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.polygon import orient

from .plane import XY

SHORTEST_M = 6.0  # shorter walls are not used where the house has a longer one


@dataclass(frozen=True)
class Wall:
    """A straight piece of an outline, the house on its left."""

    start: XY
    end: XY

    @property
    def length_m(self) -> float:
        """The length of the wall."""
        return Point(self.start).distance(Point(self.end))

    def beside(self, share: float, out_m: float) -> Point:
        """The point at a share of the wall's length, so many metres outside of it (inside, if negative)."""
        (x0, y0), (x1, y1) = self.start, self.end
        east, north = (x1 - x0) / self.length_m, (y1 - y0) / self.length_m
        return Point(x0 + (x1 - x0) * share + north * out_m, y0 + (y1 - y0) * share - east * out_m)


def facing(shape: Polygon, streets: list[LineString], tree: STRtree) -> Wall:
    """The wall whose middle is nearest to the street that is nearest to the house."""
    street = streets[int(tree.nearest(shape))]
    walls = [Wall(start, end) for start, end in pairwise(orient(shape).exterior.coords)]
    shortest = min(SHORTEST_M, max(wall.length_m for wall in walls))
    return min(
        (wall for wall in walls if wall.length_m >= shortest),
        key=lambda wall: round(street.distance(wall.beside(0.5, 0.0)), 3),
    )
