"""The frame of a solve: an axis of the grid along the walls, and the wind from its lower left.

Walls along the grid are smooth; at an angle to it they become stairs that slow the flow. So the grid is aligned
with the direction of most walls, not with the wind: the wind then blows at an angle of 0 to 90 degrees to its
first axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity

from twin.scenarios.wind.block import Block, Vegetation

F64 = NDArray[np.float64]
# A wind closer to an axis than this is aligned with it, degrees: inflow through a side is not worth it.
_STRAIGHT_DEG = 2.0


@dataclass(frozen=True)
class Frame:
    """A turned plane: x points to ``axis_deg`` (clockwise from north), the wind blows ``skew_deg`` to the left of x."""

    axis_deg: float
    skew_deg: float

    @property
    def turn_deg(self) -> float:
        """Return the counter-clockwise turn from the plane (x east, y north) into this frame."""
        return self.axis_deg - 90.0

    def blocks(self, blocks: Sequence[Block]) -> list[Block]:
        """Return blocks of the plane in this frame."""
        turn = self.turn_deg
        return [Block(b.key, affinity.rotate(b.outline, turn, origin=(0, 0)), b.base_m, b.top_m) for b in blocks]

    def vegetation(self, vegetation: Sequence[Vegetation]) -> list[Vegetation]:
        """Return vegetation of the plane in this frame."""
        return [replace(p, outline=affinity.rotate(p.outline, self.turn_deg, origin=(0, 0))) for p in vegetation]

    def into(self, xy: F64) -> F64:
        """Return points or vectors (n, 2) of the plane in this frame."""
        return xy @ _rotation(self.turn_deg).T

    def back(self, xy: F64) -> F64:
        """Return points or vectors (n, 2) of this frame in the plane."""
        return xy @ _rotation(-self.turn_deg).T


def _rotation(degrees: float) -> F64:
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def wall_direction(blocks: Sequence[Block]) -> float:
    """Return the direction that most of the walls follow, degrees clockwise from north in [0, 90).

    The mean of four times the azimuth, weighted by wall area: walls at right angles count as one direction.
    """
    total = 0.0 + 0.0j
    for block in blocks:
        corners = shapely.get_coordinates(block.outline.exterior)
        steps = np.diff(corners, axis=0)
        azimuth = np.arctan2(steps[:, 0], steps[:, 1])
        weight = np.hypot(steps[:, 0], steps[:, 1]) * (block.top_m - block.base_m)
        total += complex(np.sum(weight * np.exp(4j * azimuth)))
    if abs(total) < 1e-9:
        return 0.0
    return float(np.degrees(np.angle(total)) / 4 % 90.0)


def frame_for(from_deg: float, wall_deg: float) -> Frame:
    """Return the frame along the walls in which wind from ``from_deg`` blows between the x and the y axis."""
    towards = (from_deg + 180.0) % 360.0
    skew = (wall_deg - towards) % 90.0
    if min(skew, 90.0 - skew) < _STRAIGHT_DEG:
        return Frame(towards, 0.0)
    return Frame((towards + skew) % 360.0, skew)
