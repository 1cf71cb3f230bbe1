"""Voxelises blocks: which cells of a grid are air, such that the volume of the blocks is preserved."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from twin.scenarios.wind.block import Block, Vegetation
from twin.scenarios.wind.field.grid import Grid

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
# Sample points per side, by which the share of a cell inside a ground plan is estimated.
_POINTS = 5


@dataclass(frozen=True)
class Voxels:
    """Cells of air (nx, ny, nz), 1 there and 0 inside blocks; volumes of the blocks as drawn and as cells, m3."""

    fluid: U8
    requested_m3: float
    kept_m3: float


def voxelise(grid: Grid, blocks: Sequence[Block]) -> Voxels:
    """Return the cells of air among blocks in the grid's own frame; overlapping blocks count once."""
    fluid = np.ones(grid.shape, np.uint8)
    lost = 0.0
    for block in sorted(blocks, key=lambda one: one.top_m):
        lost = _fill(grid, fluid, block, lost)
    filled_m3 = float(grid.volumes[fluid == 0].sum())
    return Voxels(fluid, union_m3(blocks), filled_m3)


def leaves(grid: Grid, vegetation: Sequence[Vegetation]) -> F32 | None:
    """Return drag coefficient times leaf area density of each cell (nx, ny, nz), 1/m, or None without vegetation."""
    if not vegetation:
        return None
    leaf = np.zeros(grid.shape, np.float32)
    for stand in vegetation:
        share, (i, j) = plan_share(grid, stand.outline)
        reach = np.clip(stand.top_m - grid.z.faces[:-1], 0.0, grid.z.widths) / grid.z.widths
        part = leaf[i, j]
        np.maximum(part, stand.drag_per_m * share[:, :, None] * reach, out=part)
    return leaf


def union_m3(blocks: Sequence[Block]) -> float:
    """Return the volume of all blocks, overlaps counted once, m3: by slices between all their bases and tops."""
    levels = sorted({level for block in blocks for level in (block.base_m, block.top_m)})
    total = 0.0
    for low, high in pairwise(levels):
        outlines = [b.outline for b in blocks if b.base_m <= low and b.top_m >= high]
        total += (high - low) * float(shapely.area(shapely.union_all(outlines))) if outlines else 0.0
    return total


def _fill(grid: Grid, fluid: U8, block: Block, lost: float) -> float:
    """Make a block's cells solid; return the volume lost by rounding so far, which the next block compensates."""
    share, where = plan_share(grid, block.outline)
    if share.size == 0:
        return lost
    areas = grid.x.widths[where[0], None] * grid.y.widths[None, where[1]]
    requested = float((share * areas).sum())
    inside = _nearest(share, areas, requested)
    area = float(areas[inside].sum())
    if area == 0.0:
        return lost + requested * (block.top_m - block.base_m)
    low, high = _layers(grid, block, area, lost + (requested - area) * (block.top_m - block.base_m))
    part = fluid[where[0], where[1], low:high]
    part[inside] = 0
    faces = grid.z.faces
    return lost + requested * (block.top_m - block.base_m) - area * float(faces[high] - faces[low])


def _nearest(share: F64, areas: F64, requested: float) -> NDArray[np.bool_]:
    """Return the cells to fill: the fullest first, until the area is matched as closely as possible."""
    order = np.argsort(-share, axis=None)
    sums = np.cumsum(areas.reshape(-1)[order])
    count = int(np.searchsorted(sums, requested))
    candidates = [n for n in (count, count + 1) if n <= len(sums)]
    best = min(candidates, key=lambda n: abs((sums[n - 1] if n else 0.0) - requested))
    inside = np.zeros(share.size, bool)
    inside[order[:best]] = True
    inside &= share.reshape(-1) > 0.2  # a sliver of a cell never becomes a wall
    return inside.reshape(share.shape)


def _layers(grid: Grid, block: Block, area: float, lost: float) -> tuple[int, int]:
    """Return the layers from base to top, the top moved by at most half a layer to compensate for lost volume."""
    faces = grid.z.faces
    low = int(np.abs(faces - block.base_m).argmin())
    requested = faces[low] + (block.top_m - block.base_m)
    high = int(np.abs(faces - requested).argmin())
    thickness = grid.z.widths[min(high, grid.z.n - 1)]
    moved = requested + np.clip(lost / area, -0.5 * thickness, 0.5 * thickness)
    high = int(np.abs(faces - moved).argmin())
    return low, max(high, low + 1)


def plan_share(grid: Grid, outline: Polygon) -> tuple[F64, tuple[slice, slice]]:
    """Return the share of each column of cells that lies inside a ground plan, and the slices of these columns."""
    west, south, east, north = outline.bounds
    i = slice(*_range(grid.x.faces, west, east))
    j = slice(*_range(grid.y.faces, south, north))
    offsets = (np.arange(_POINTS) + 0.5) / _POINTS
    x = (grid.x.faces[:-1][i, None] + grid.x.widths[i, None] * offsets).reshape(-1)
    y = (grid.y.faces[:-1][j, None] + grid.y.widths[j, None] * offsets).reshape(-1)
    if x.size == 0 or y.size == 0:
        return np.zeros((0, 0)), (i, j)
    shapely.prepare(outline)
    inside = shapely.contains_xy(outline, *np.meshgrid(x, y, indexing="ij"))
    return inside.reshape(-1, _POINTS, y.size // _POINTS, _POINTS).mean(axis=(1, 3)), (i, j)


def _range(faces: F64, low: float, high: float) -> tuple[int, int]:
    begin = int(np.clip(np.searchsorted(faces, low, side="right") - 1, 0, len(faces) - 1))
    end = int(np.clip(np.searchsorted(faces, high, side="left"), 0, len(faces) - 1))
    return begin, end
