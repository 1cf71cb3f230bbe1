"""From blocks to cells: which cells of a grid are air, with the volume of what stands there kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from twin.scenarios.wind.block import Block, Plants
from twin.scenarios.wind.field.grid import Grid

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
# Points a side by which the share of a cell inside a ground plan is counted.
_POINTS = 5


@dataclass(frozen=True)
class Voxels:
    """Cells of air (nx, ny, nz), 1 there and 0 inside blocks; volumes of the blocks as drawn and as cells, m3."""

    fluid: U8
    wished_m3: float
    kept_m3: float


def voxelise(grid: Grid, blocks: Sequence[Block]) -> Voxels:
    """Return the cells of air among blocks in the grid's own frame; overlapping blocks count once."""
    fluid = np.ones(grid.shape, np.uint8)
    lost = 0.0
    for block in sorted(blocks, key=lambda one: one.top_m):
        lost = _put(grid, fluid, block, lost)
    kept = float(grid.volumes[fluid == 0].sum())
    return Voxels(fluid, union_m3(blocks), kept)


def leaves(grid: Grid, plants: Sequence[Plants]) -> F32 | None:
    """Return drag coefficient times leaf area density of each cell (nx, ny, nz), 1/m, or None without plants."""
    if not plants:
        return None
    leaf = np.zeros(grid.shape, np.float32)
    for stand in plants:
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
        standing = [b.outline for b in blocks if b.base_m <= low and b.top_m >= high]
        total += (high - low) * float(shapely.area(shapely.union_all(standing))) if standing else 0.0
    return total


def _put(grid: Grid, fluid: U8, block: Block, lost: float) -> float:
    """Make a block's cells solid; return the volume that rounding has lost so far, which the next block makes up."""
    share, where = plan_share(grid, block.outline)
    if share.size == 0:
        return lost
    areas = grid.x.widths[where[0], None] * grid.y.widths[None, where[1]]
    wished = float((share * areas).sum())
    inside = _nearest(share, areas, wished)
    area = float(areas[inside].sum())
    if area == 0.0:
        return lost + wished * (block.top_m - block.base_m)
    low, high = _layers(grid, block, area, lost + (wished - area) * (block.top_m - block.base_m))
    part = fluid[where[0], where[1], low:high]
    part[inside] = 0
    faces = grid.z.faces
    return lost + wished * (block.top_m - block.base_m) - area * float(faces[high] - faces[low])


def _nearest(share: F64, areas: F64, wished: float) -> NDArray[np.bool_]:
    """Return the cells to fill: the fullest first, until the area is met as nearly as it can be."""
    order = np.argsort(-share, axis=None)
    sums = np.cumsum(areas.reshape(-1)[order])
    count = int(np.searchsorted(sums, wished))
    candidates = [n for n in (count, count + 1) if n <= len(sums)]
    best = min(candidates, key=lambda n: abs((sums[n - 1] if n else 0.0) - wished))
    inside = np.zeros(share.size, bool)
    inside[order[:best]] = True
    inside &= share.reshape(-1) > 0.2  # a sliver of a cell never becomes a wall
    return inside.reshape(share.shape)


def _layers(grid: Grid, block: Block, area: float, lost: float) -> tuple[int, int]:
    """Return the layers from base to top, the top moved by at most half a layer to make up for lost volume."""
    faces = grid.z.faces
    low = int(np.abs(faces - block.base_m).argmin())
    wished = faces[low] + (block.top_m - block.base_m)
    high = int(np.abs(faces - wished).argmin())
    thickness = grid.z.widths[min(high, grid.z.n - 1)]
    moved = wished + np.clip(lost / area, -0.5 * thickness, 0.5 * thickness)
    high = int(np.abs(faces - moved).argmin())
    return low, max(high, low + 1)


def plan_share(grid: Grid, outline: Polygon) -> tuple[F64, tuple[slice, slice]]:
    """Return the share of each column of cells that lies inside a ground plan, and where in the grid these are."""
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
    first = int(np.clip(np.searchsorted(faces, low, side="right") - 1, 0, len(faces) - 1))
    last = int(np.clip(np.searchsorted(faces, high, side="left"), 0, len(faces) - 1))
    return first, last
