"""Walls of blocks: the straight pieces of their outlines, with small steps smoothed away."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.scenarios.wind.block import Block

# Corners closer than this to the line between their neighbours are smoothed away, metres.
_TOLERANCE_M = 1.5
_SHORTEST_M = 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Walls:
    """n walls; outside is on the right hand when walking from begin to end."""

    block: NDArray[np.int64]  # index into the blocks
    x0: Floats
    y0: Floats
    length_m: Floats
    ux: Floats  # unit vector along
    uy: Floats
    turn_begin_deg: Floats  # how sharply the outline turns round the corner, positive where it is convex
    turn_end_deg: Floats
    depth_m: Floats  # extent of the block along the wall's normal

    def __len__(self) -> int:
        """Return the number of walls."""
        return len(self.block)


def walls_of(blocks: Sequence[Block]) -> Walls:
    """Return the walls of the blocks that are at least 3 m long, those round courtyards included."""
    outlines = np.array([block.outline for block in blocks], dtype=object)
    rings, owner = _rings(shapely.orient_polygons(shapely.simplify(outlines, _TOLERANCE_M)))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    begins = np.flatnonzero(ring[:-1] == ring[1:]) if len(ring) else np.empty(0, dtype=np.int64)
    delta = xy[begins + 1] - xy[begins]
    length = np.hypot(delta[:, 0], delta[:, 1])
    heading = np.degrees(np.arctan2(delta[:, 1], delta[:, 0]))
    before, after = _neighbours(ring[begins])
    turn_begin = _turn(heading[before], heading)
    turn_end = _turn(heading, heading[after])
    block = owner[ring[begins]]
    unit = delta / np.maximum(length, 1e-9)[:, None]
    walls = Walls(
        block, xy[begins, 0], xy[begins, 1], length, unit[:, 0], unit[:, 1], turn_begin, turn_end,
        _depth(outlines, block, unit),
    )  # fmt: skip
    return _select(walls, length >= _SHORTEST_M)


def _rings(polygons: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return all rings and the polygon of each."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    return rings, owner.astype(np.int64)


def _neighbours(ring: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of the wall before and after each wall, round its ring."""
    index = np.arange(len(ring))
    starts = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]) if len(ring) else index
    ends = np.r_[starts[1:], len(ring)] - 1 if len(ring) else index
    before, after = index - 1, index + 1
    before[starts], after[ends] = ends, starts
    return before, after


def _turn(first: Floats, second: Floats) -> Floats:
    """Return the turn to the left from one heading to the next, (-180, 180]."""
    return 180.0 - (180.0 - (second - first)) % 360.0


def _depth(outlines: NDArray[np.object_], block: NDArray[np.int64], unit: Floats) -> Floats:
    """Return the extent of each wall's block along the wall's normal."""
    hulls = shapely.convex_hull(outlines)
    xy, of = shapely.get_coordinates(hulls, return_index=True)
    first = np.searchsorted(of, np.arange(len(outlines)))
    count = np.bincount(of, minlength=len(outlines))
    size = count[block]
    wall = np.repeat(np.arange(len(block)), size)
    point = np.arange(len(wall)) - np.repeat(np.cumsum(size) - size, size) + first[block][wall]
    along = xy[point, 0] * unit[wall, 1] - xy[point, 1] * unit[wall, 0]
    if not len(wall):
        return np.empty(0)
    starts = np.cumsum(size) - size
    return np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)


def _select(walls: Walls, keep: NDArray[np.bool_]) -> Walls:
    return Walls(*(values[keep] for values in vars(walls).values()))
