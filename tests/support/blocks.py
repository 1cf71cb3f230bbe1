"""Buildings as boxes in metres about a place, and how they are put on the map."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from bim.review import Prisms
from bim.review.scene import Frame, to_map

ANCHOR = (121.5, 31.24)
FRAME = Frame.at(*ANCHOR)


def on_the_map(plane: Any) -> Any:
    """Return geometries in metres east and north of the anchor in degrees."""
    return to_map(plane, FRAME)


def blocks(shapes: Iterable[Any], tops: Iterable[float], base: float = 0.0) -> Prisms:
    """Return prisms over shapes in metres about the anchor, each from ``base`` up; the n-th is ``buildings/n``."""
    outlines = [on_the_map(shape) for shape in shapes]
    owners = [f"buildings/{number}" for number in range(len(outlines))]
    return Prisms.of(outlines, [base] * len(outlines), tops, owners)


def town(count: int, seed: int = 7) -> Prisms:
    """Return so many boxes in rows 40 m apart, of 12 to 100 m."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    number = np.arange(count)
    west, south = 40.0 * (number % side - side / 2), 40.0 * (number // side - side / 2)
    width, depth = rng.uniform(10, 25, count), rng.uniform(10, 25, count)
    return blocks(shapely.box(west, south, west + width, south + depth), rng.uniform(12, 100, count))
