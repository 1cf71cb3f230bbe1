"""The lattice of 1/2048 second on which BeiDou and GeoSOT cells are cut, in exact integers.

One degree is 7 372 800 units. Units are numbered along each axis: unit ``i`` of a positive magnitude ``[i, i + 1)`` is
``i``, and of a negative one ``-1 - i``, since both standards count outwards from equator and prime meridian. So every
cell, in every hemisphere, is a half-open interval of unit numbers on each axis, and its edges are these numbers over
7 372 800, in degrees.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import ParameterError
from layers.space.grids.base import Floats

Units = NDArray[np.int64]
UNITS_PER_DEGREE = 7_372_800
# Degrees: 0.1 mm on the ground, one step of the ninth decimal. A coordinate that is that near below a line of the
# lattice is on the line: lines are fractions such as 1/14400 degree, which neither nine decimals nor a double can hold.
# It is far above the rounding of doubles (180 degrees: 3e-14) and far below a unit (1.4e-7).
TOLERANCE = 1e-9
TOLERANCE_UNITS = 0.0073728


def units(degrees: ArrayLike, limit: int, parameter: str) -> Units:
    """Return the unit numbers of coordinates in degrees, at most ``limit`` degrees from zero.

    Coordinates on a line, within TOLERANCE, belong to the unit that begins there, counting outwards; those at zero to
    the eastern and northern one. The outermost line has no unit beyond it and belongs to the last one.
    """
    scaled = np.atleast_1d(np.asarray(degrees, dtype=np.float64)).ravel() * UNITS_PER_DEGREE
    magnitude = np.abs(scaled)
    beyond = ~(magnitude <= limit * UNITS_PER_DEGREE + TOLERANCE_UNITS)
    if beyond.any():
        place = int(np.argmax(beyond))
        value = scaled[place] / UNITS_PER_DEGREE
        raise ParameterError(parameter, f"{value:.10g} (number {place + 1}) is not within {-limit} to {limit} degrees")
    numbers = np.floor(magnitude + TOLERANCE_UNITS).astype(np.int64)
    np.minimum(numbers, limit * UNITS_PER_DEGREE - 1, out=numbers)
    return np.where(scaled < -TOLERANCE_UNITS, -1 - numbers, numbers)


def magnitudes(numbers: Units) -> Units:
    """Return how many whole units lie between zero and each unit."""
    return np.where(numbers < 0, -1 - numbers, numbers)


def degrees(edges: Units) -> Floats:
    """Return lines between units in degrees."""
    return edges / UNITS_PER_DEGREE


@dataclass(frozen=True)
class Axis:
    """How one axis is cut at one level: every ``period`` units, and at ``offsets`` (ascending, first 0) in between.

    ``limit`` is the magnitude of the outermost line, in units.
    """

    period: int
    limit: int
    offsets: tuple[int, ...] = (0,)

    @cached_property
    def _starts(self) -> Units:
        return np.array(self.offsets, dtype=np.int64)

    @cached_property
    def _ends(self) -> Units:
        return np.array([*self.offsets[1:], self.period], dtype=np.int64)

    def bounds(self, numbers: Units) -> tuple[Units, Units]:
        """Return first lines and last lines of the cells in which units lie."""
        magnitude = magnitudes(numbers)
        base = magnitude // self.period * self.period
        slot = np.searchsorted(self._starts, magnitude - base, side="right") - 1
        inner = base + self._starts[slot]
        outer = np.minimum(base + self._ends[slot], self.limit)
        west = numbers < 0
        return np.where(west, -outer, inner), np.where(west, -inner, outer)

    def count(self, first: int, last: int) -> int:
        """Return about how many cells lie between two lines: never more than there are, and at most two fewer."""
        return max(1, (last - first) * len(self.offsets) // self.period - 1)

    def edges(self, first: int, last: int) -> Units:
        """Return the lines, ascending, of all cells that have a unit in ``[first, last)``."""
        low, high = max(first, -self.limit), min(last, self.limit)
        east = self._outward(max(low, 0), high) if high > 0 else np.empty(0, np.int64)
        west = -self._outward(max(-high, 0), -low)[::-1] if low < 0 else np.empty(0, np.int64)
        return np.unique(np.concatenate([west, east]))

    def _outward(self, inner: int, outer: int) -> Units:
        bases = np.arange(inner // self.period, -(-outer // self.period), dtype=np.int64) * self.period
        lines = np.append((bases[:, None] + self._starts).ravel(), bases[-1] + self.period)
        lines = np.unique(np.minimum(lines, self.limit))
        begin = np.searchsorted(lines, inner, side="right") - 1
        end = np.searchsorted(lines, outer, side="left")
        return np.asarray(lines[begin : end + 1])
