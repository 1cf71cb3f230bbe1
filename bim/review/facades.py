"""Where sun is counted: points along façades, at the sills of each storey, and points of a grid on the ground."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.footprints.extrusion import Frame
from bim.review.scene import Floats, Ints, Names, Prisms, to_enu, to_map, to_plane

# Points stand so far before their wall: rays that start in a face may meet it.
OFF_WALL_M = 0.005
# What is nearer before a wall than this hides it for good: a party wall has no windows.
_PARTY_WALL_M = 0.1
# A wall that is shorter than this has no window.
_LEAST_WALL_M = 0.3


@dataclass(frozen=True)
class Placing:
    """How points are laid along walls: at ``sill_m`` over each floor, one to each ``spacing_m`` of the wall or less.

    Storeys are ``storey_m`` high, counted from the base of what they are in; without ``all_storeys`` it is the lowest.
    Each point is the middle of the sill of a window ``window_m`` wide, which is as wide as the wall where that is
    narrower; 0 takes the point alone.
    """

    sill_m: float = 0.9
    spacing_m: float = 1.0
    storey_m: float = 3.0
    all_storeys: bool = False
    window_m: float = 0.0


@dataclass(frozen=True, eq=False)
class SamplePoints:
    """Points (n, 3) in a frame, the way (n, 3) that each looks, whose it is (n,), and its storey (n,), 0: the ground.

    What looks nowhere, as the ground does, has a direction of length 0: the sun meets it from all sides. ``bases`` (n,)
    are the heights over the ground, metres, at which what it is on begins. ``halves`` (n, 3) lead from a point to one
    end of its window's sill, and backwards to the other.
    """

    points: Floats
    normals: Floats
    owners: Names
    storeys: Ints
    bases: Floats
    halves: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.points)

    def chosen(self, mask: Any) -> "SamplePoints":
        """Return those that a mask, numbers or a slice choose."""
        columns = (self.points, self.normals, self.owners, self.storeys, self.bases, self.halves)
        return SamplePoints(*(column[mask] for column in columns))

    def scaled(self, factor: float) -> "SamplePoints":
        """Return points for prisms whose heights are times a factor: they stay so high over the base of theirs."""
        return replace(self, points=self.points + np.outer(self.bases * (factor - 1.0), [0.0, 0.0, 1.0]))


class _Walls(NamedTuple):
    """Walls from ``start`` to ``end`` (w, 2), places in degrees, of ``prism`` (w,); outside is on their right."""

    start: Floats
    end: Floats
    prism: Ints


def facade_points(prisms: Prisms, placing: Placing, frame: Frame, around: Prisms | None = None) -> SamplePoints:
    """Return points on the walls of prisms, those of courts too; without those that ``around`` stands close before."""
    walls = _walls(prisms.outlines)
    start, end = (to_enu(np.column_stack([place, np.zeros(len(place))]), frame) for place in (walls.start, walls.end))
    along = end - start
    length = np.linalg.norm(along, axis=1)
    count = np.where(length >= _LEAST_WALL_M, np.ceil(length / placing.spacing_m - 1e-9), 0).astype(np.int64)
    wall = np.repeat(np.arange(len(count)), count)
    half = np.minimum(placing.window_m, length)[wall] / 2
    # A window ends where its wall does: one that would reach round a corner stands farther in.
    middle = np.clip((_counted(count) + 0.5) * (length / np.maximum(count, 1))[wall], half, length[wall] - half)
    storeys = _storeys(prisms, placing)[walls.prism[wall]]
    point = np.repeat(np.arange(len(wall)), storeys)
    storey, wall = _counted(storeys), wall[point]
    prism = walls.prism[wall]
    forwards = along / np.maximum(length, 1e-9)[:, None]
    outwards = np.column_stack([forwards[:, 1], -forwards[:, 0], np.zeros(len(along))])
    normals, forwards = outwards[wall], forwards[wall]
    points = start[wall] + forwards * middle[point][:, None] + normals * OFF_WALL_M
    points[:, 2] += prisms.base[prism] + storey * placing.storey_m + placing.sill_m
    halves = forwards * half[point][:, None]
    made = SamplePoints(points, normals, prisms.owners[prism], storey + 1, prisms.base[prism], halves)
    return made if around is None else made.chosen(~_is_hidden(made, around, frame))


def ground_points(area: Any, spacing_m: float, frame: Frame, around: Prisms) -> SamplePoints:
    """Return points of a grid on the ground of an area (EPSG:4490), height 0, where nothing of ``around`` stands."""
    plane = to_plane(area, frame)
    west, south, east, north = shapely.bounds(plane)
    x = np.arange(west + spacing_m / 2, east, spacing_m)
    y = np.arange(south + spacing_m / 2, north, spacing_m)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    inside = shapely.contains_xy(plane, grid) if len(grid) else np.empty(0, bool)
    free = grid[inside]
    free = free[~covered(free, np.zeros(len(free)), around, frame)]
    lonlat = shapely.get_coordinates(to_map(shapely.points(free), frame))
    points = to_enu(np.column_stack([lonlat, np.zeros(len(lonlat))]), frame)
    count, nowhere = len(points), np.zeros_like(points)
    nobody, storeys = np.full(count, "", np.str_), np.zeros(count, np.int64)
    return SamplePoints(points, nowhere, nobody, storeys, np.zeros(count), nowhere)


def grid_size(area: Any, spacing_m: float, frame: Frame) -> int:
    """Return about how many points a grid on an area (EPSG:4490) has, before it is made."""
    return int(shapely.area(to_plane(area, frame)) / spacing_m**2) + 1


def covered(plane: Floats, heights: Floats, prisms: Prisms, frame: Frame) -> NDArray[np.bool_]:
    """Tell which places (n, 2), metres east and north in a frame, lie within prisms at their heights (n,)."""
    inside = np.zeros(len(plane), bool)
    if not len(prisms) or not len(plane):
        return inside
    tree = shapely.STRtree(prisms.plane(frame))
    place, prism = tree.query(shapely.points(plane), predicate="within")
    within = (prisms.base[prism] <= heights[place]) & (heights[place] < prisms.top[prism])
    inside[place[within]] = True
    return inside


def _is_hidden(made: SamplePoints, around: Prisms, frame: Frame) -> NDArray[np.bool_]:
    before = made.points[:, :2] + made.normals[:, :2] * _PARTY_WALL_M
    # The ground bends down from the plane of the frame, and heights are counted from the ground.
    sag = np.sum(made.points[:, :2] ** 2, axis=1) / (2 * 6_371_000.0)
    return covered(before, made.points[:, 2] + sag, around, frame)


def _storeys(prisms: Prisms, placing: Placing) -> Ints:
    """Return how many storeys with a sill below the top there are of each prism (k,)."""
    room = prisms.top - prisms.base - placing.sill_m
    most = np.maximum(np.ceil(room / placing.storey_m - 1e-9), 0).astype(np.int64)
    return most if placing.all_storeys else np.minimum(most, 1)


def _walls(outlines: "NDArray[Any]") -> _Walls:
    polygons, owner = shapely.get_parts(shapely.orient_polygons(outlines), return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    lonlat, ring = shapely.get_coordinates(rings, return_index=True)
    follows = ring[1:] == ring[:-1] if len(ring) else np.empty(0, bool)
    return _Walls(lonlat[:-1][follows], lonlat[1:][follows], owner[polygon[ring[:-1][follows]]])


def _counted(counts: Ints) -> Ints:
    """Return 0, 1, … for each count, one after the other."""
    ends = np.cumsum(counts)
    numbers: Ints = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    return numbers
