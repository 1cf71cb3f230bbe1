"""The places with precomputed winds in a library: maps at some heights, and all cells of the façades."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.scenarios.wind.district import District
from twin.scenarios.wind.field.solve import Field
from twin.scenarios.wind.library.quality import SOLVED_MS
from twin.scenarios.wind.risk.facade import FacadeCells, facade_cells

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
HEIGHTS_M = (2.0, 10.0, 30.0, 60.0, 120.0, 250.0, 400.0)
STEP_M = 5.0
# The flow at a façade is read this far off its wall, where the wall itself does not slow it down, metres.
_OFF_M = (8.0, 16.0)
_SHARE = 80  # percentile over a height band of a building: the flow about it, with its shelter and its corners
_ALOFT_M = 5.0
GUST_PEAK = 2.5  # g of GB 50009-2012 8.4.3


@dataclass(frozen=True)
class Maps:
    """A square of points about the origin of the plane, ``STEP_M`` apart, rows from the south."""

    reach: float

    @cached_property
    def axis(self) -> F64:
        """Return the coordinates of the columns, and of the rows, metres."""
        count = round(2 * self.reach / STEP_M)
        return np.asarray(-self.reach + STEP_M * (np.arange(count) + 0.5), dtype=np.float64)

    def points(self, height_m: float) -> F64:
        """Return the points (n * n, 3) of a height, row by row."""
        x, y = np.meshgrid(self.axis, self.axis)
        return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, height_m)])


def maps_of(field: Field, maps: Maps, heights: tuple[float, ...] = HEIGHTS_M) -> F32:
    """Return (heights, 4, n, n): east, north and up velocity and k for one metre a second; NaN inside blocks."""
    n = len(maps.axis)
    maps_by_level = np.empty((len(heights), 4, n, n), np.float32)
    for level, height in enumerate(heights):
        points = maps.points(height)
        velocity, tke = field.at(points)
        values = np.column_stack([velocity / SOLVED_MS, tke / SOLVED_MS**2])
        values[field.inside(points)] = np.nan
        maps_by_level[level] = values.T.reshape(4, n, n)
    return maps_by_level


def gust(speed: Any, tke: Any, background: Any) -> F64:
    """Return the gust of 3 s: mean + g sigma, sigma^2 = 2/3 (k of the model + k of the approach flow).

    The slow turbulence of the approach flow is not in the model's k of the blocks (docs/wind-skill.md).
    """
    return np.asarray(speed + GUST_PEAK * np.sqrt(2.0 / 3.0 * (tke + background)))


def facades_of(district: District) -> FacadeCells:
    """Return the cells of all façades of the blocks in the core."""
    west, south, east, north = district.core
    blocks = [b for b in district.blocks if _meets(b.outline.bounds, (west, south, east, north))]
    return facade_cells(blocks)


def core_blocks(district: District) -> list[int]:
    """Return the indices of the blocks that ``facades_of`` counts, in their order."""
    return [n for n, b in enumerate(district.blocks) if _meets(b.outline.bounds, district.core)]


def _meets(bounds: tuple[float, ...], core: tuple[float, ...]) -> bool:
    return bounds[0] < core[2] and bounds[2] > core[0] and bounds[1] < core[3] and bounds[3] > core[1]


def facade_gusts(field: Field, cells: FacadeCells) -> F32:
    """Return the gust (n,) on each cell, for one metre per second: one value per building and height band.

    A high percentile of the flow around the building at that height: it includes shelter and acceleration by
    neighbours, and is not affected by the still air in front of the wall itself. Only the turbulence of the approach
    flow counts, since that of the building itself is in the code's local factors: around single towers of 100 and 200 m
    in terrain D this gives 1.01 to 1.04 of the gust of GB 50009 above 50 m in a wind on the face, 0.92 to 0.94 on edge.
    """
    if len(cells) == 0:
        return np.empty(0, np.float32)
    gusts = []
    for off in _OFF_M:
        points = cells.points(off)
        points[:, 2] = np.maximum(points[:, 2], _ALOFT_M)
        velocity, _ = field.at(points)
        gusts.append(gust(np.linalg.norm(velocity, axis=1), 0.0, field.setup.inflow.k(points[:, 2])))
    values = np.concatenate(gusts) / SOLVED_MS
    groups = np.tile(_bands(cells), len(_OFF_M))
    return _percentile(values, groups)[_bands(cells)].astype(np.float32)


def _bands(cells: FacadeCells) -> NDArray[np.int64]:
    """Return one number for each block and height band."""
    pairs = np.column_stack([cells.block, np.round(cells.base_m).astype(np.int64)])
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)


def _percentile(values: F64, groups: NDArray[np.int64]) -> F64:
    order = np.lexsort((values, groups))
    counts = np.bincount(groups)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    at = starts + np.round((counts - 1) * _SHARE / 100).astype(np.int64)
    return np.asarray(values[order][at])
