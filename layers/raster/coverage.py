"""Which pixels a polygon takes, by one of two rules: those whose middle lies in it, or all by the share that does.

Both walk along the polygon's edges and note what changes to the right of them; a sum along each row then gives the
answer for every pixel. Places are in pixels: x to the right, y downwards, pixel (row, column) from its own numbers to
one more. Shapes are valid polygons or multipolygons.
"""

from typing import Any, Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import ParameterError

Rule = Literal["fraction", "centre"]
Floats = NDArray[np.float64]
Edges = tuple[Floats, Floats, Floats, Floats]


def require_rule(text: str) -> Rule:
    """Read the name of a rule."""
    for rule in get_args(Rule):
        if text == rule:
            return rule  # type: ignore[no-any-return]
    raise ParameterError("rule", f"{text!r} is neither fraction nor centre")


def weights(shape: Any, height: int, width: int, rule: Rule) -> Floats:
    """Return the weight (rows, columns) of each pixel of a window that begins at (0, 0)."""
    return fractions(shape, height, width) if rule == "fraction" else centres(shape, height, width)


def fractions(shape: Any, height: int, width: int) -> Floats:
    """Return the share of each pixel that lies in a shape, exact but for rounding.

    An edge is cut where it goes from pixel to pixel. A piece with the height dy covers, to its right, dy less the
    trapezoid beside it in its own pixel, and dy in all pixels after that.
    """
    inside = shapely.intersection(shape, shapely.box(0, 0, width, height))
    edge, x, y = _cut(_edges(inside))
    same = edge[1:] == edge[:-1]
    left, right = np.flatnonzero(same), np.flatnonzero(same) + 1
    down = y[right] - y[left]
    middle_x, middle_y = (x[left] + x[right]) / 2, (y[left] + y[right]) / 2
    column = np.clip(np.floor(middle_x), 0, width).astype(np.int64)
    row = np.clip(np.floor(middle_y), 0, height - 1).astype(np.int64)
    beside = middle_x - column
    changes = np.zeros(height * (width + 2))
    place = row * (width + 2) + column
    np.add.at(changes, place, down * (1.0 - beside))
    np.add.at(changes, place + 1, down * beside)
    covered = np.abs(np.cumsum(changes.reshape(height, width + 2), axis=1)[:, :width])
    # Rounding leaves small residues where nothing or everything is covered.
    covered[covered < 1e-12] = 0.0
    return np.minimum(covered, 1.0)


def centres(shape: Any, height: int, width: int) -> Floats:
    """Return 1 for each pixel whose middle lies in a shape, else 0.

    A middle on an edge belongs to the right of it, or below: shapes that touch never share a pixel.
    """
    x0, y0, x1, y1 = _edges(shape)
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), 0, height).astype(np.int64)
    end = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), 0, height).astype(np.int64)
    edge, step = _counted(np.maximum(end - first, 0))
    row = first[edge] + step
    share = (row + 0.5 - y0[edge]) / (y1[edge] - y0[edge])
    column = np.clip(np.ceil(x0[edge] + share * (x1[edge] - x0[edge]) - 0.5), 0, width).astype(np.int64)
    changes = np.zeros(height * (width + 1))
    np.add.at(changes, row * (width + 1) + column, np.sign(y1 - y0)[edge])
    return np.abs(np.cumsum(changes.reshape(height, width + 1), axis=1)[:, :width])


def _edges(shape: Any) -> Edges:
    """Return the edges that are not level, outer rings going round one way and holes the other."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    areas = shapely.orient_polygons(parts[shapely.get_dimensions(parts) == 2])
    places, ring = shapely.get_coordinates(shapely.get_rings(areas), return_index=True)
    joined = np.flatnonzero((ring[1:] == ring[:-1]) & (places[1:, 1] != places[:-1, 1]))
    return places[joined, 0], places[joined, 1], places[joined + 1, 0], places[joined + 1, 1]


def _cut(edges: Edges) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return edges cut at the lines between pixels: number of the edge, x and y, in order along each edge."""
    x0, y0, x1, y1 = edges
    own = np.arange(len(x0))
    across, at_across = _crossings(x0, x1)
    down, at_down = _crossings(y0, y1)
    edge = np.concatenate([own, own, across, down])
    at = np.concatenate([np.zeros(len(own)), np.ones(len(own)), at_across, at_down])
    order = np.lexsort((at, edge))
    edge, at = edge[order], at[order]
    return edge, x0[edge] + at * (x1 - x0)[edge], y0[edge] + at * (y1 - y0)[edge]


def _crossings(begin: Floats, end: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return where (from 0 to 1) edges cross whole numbers between their ends, and which edges do."""
    low, high = np.floor(np.minimum(begin, end)) + 1, np.ceil(np.maximum(begin, end)) - 1
    edge, step = _counted(np.maximum(high - low + 1, 0).astype(np.int64))
    return edge, (low[edge] + step - begin[edge]) / (end[edge] - begin[edge])


def _counted(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each index as often as it counts, and for each of them 0, 1, 2, …."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
