"""Contacts of walls with other blocks, and the heights that stay free."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from twin.scenarios.wind.block import Block
from twin.scenarios.wind.risk.walls import Walls

_LEAST_M = 1.0  # a free interval of height that is lower is no façade


@dataclass(frozen=True)
class Contact:
    """A stretch of a wall, metres along it, that another block covers from ``base`` to ``top``."""

    start: float
    end: float
    base: float
    top: float


@dataclass(frozen=True)
class WallContacts:
    """The contacts of each wall that has any."""

    of: dict[int, list[Contact]]

    def limits(self, wall: int) -> list[float]:
        """Return the positions along a wall at which its contacts begin and end."""
        return [mark for contact in self.of.get(wall, ()) for mark in (contact.start, contact.end)]

    def free(self, wall: int, along: float, base: float, top: float) -> list[tuple[float, float]]:
        """Return the intervals of height of a wall from ``base`` to ``top`` that nothing covers at one place."""
        covers = sorted((c.base, c.top) for c in self.of.get(wall, ()) if c.start <= along <= c.end)
        free, low = [], base
        for covered_base, covered_top in covers:
            free.append((low, min(covered_base, top)))
            low = max(low, covered_top)
        free.append((low, top))
        return [(low, high) for low, high in free if high - low >= _LEAST_M]


def wall_contacts(blocks: Sequence[Block], walls: Walls, gap_m: float) -> WallContacts:
    """Return the contacts of walls with blocks that stand nearer than ``gap_m`` or cover them."""
    contacts: dict[int, list[Contact]] = defaultdict(list)
    if not len(walls):
        return WallContacts(contacts)
    outlines = np.array([block.outline for block in blocks], dtype=object)
    lines = _lines_in_front(walls, gap_m)
    wall, block = shapely.STRtree(outlines).query(lines, predicate="intersects")
    foreign = walls.block[wall] != block
    wall, block = wall[foreign], block[foreign]
    shared = shapely.intersection(lines[wall], outlines[block])
    for index, other, piece in zip(wall.tolist(), block.tolist(), shared, strict=True):
        for start, end in _stretches(walls, index, piece):
            contacts[index].append(Contact(start, end, blocks[other].base_m, blocks[other].top_m))
    return WallContacts(contacts)


def _lines_in_front(walls: Walls, off_m: float) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return a line parallel to each wall, ``off_m`` outside."""
    x0, y0 = walls.x0 + off_m * walls.uy, walls.y0 - off_m * walls.ux
    x1, y1 = x0 + walls.length_m * walls.ux, y0 + walls.length_m * walls.uy
    return np.asarray(shapely.linestrings(np.stack((np.column_stack((x0, y0)), np.column_stack((x1, y1))), axis=1)))


def _stretches(walls: Walls, wall: int, piece: shapely.Geometry) -> list[tuple[float, float]]:
    """Return the positions along a wall at which the parts of an intersection begin and end."""
    stretches = []
    for part in shapely.get_parts(piece):
        xy = shapely.get_coordinates(part)
        along = (xy[:, 0] - walls.x0[wall]) * walls.ux[wall] + (xy[:, 1] - walls.y0[wall]) * walls.uy[wall]
        if len(along) and np.ptp(along) > 0.5:
            stretches.append((float(along.min()), float(along.max())))
    return stretches
