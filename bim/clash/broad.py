"""Which pairs of boxes may belong to bodies that clash."""

import numpy as np
import shapely
from numpy.typing import NDArray

Boxes = NDArray[np.float64]


def candidates(first: Boxes, second: Boxes | None, tolerance: float) -> NDArray[np.int64]:
    """Return the pairs (n, 2) of boxes (least and greatest x, y, z) that reach into each other, in order.

    Without a second set they are those within the first. On each axis one must be moved by more than the tolerance to
    leave the other; things thinner than twice the tolerance, by half of what they are thick.
    """
    other = first if second is None else second
    if not (len(first) and len(other)):
        return np.empty((0, 2), np.int64)
    found = shapely.STRtree(_plans(first)).query(_plans(other))
    pairs = np.column_stack([found[1], found[0]]).astype(np.int64)
    if second is None:
        pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    pairs = pairs[reach_in(first[pairs[:, 0]], other[pairs[:, 1]], tolerance)]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def reach_in(one: Boxes, two: Boxes, tolerance: float) -> NDArray[np.bool_]:
    """Tell of each two boxes (n, 6) whether what is in them can clash."""
    way_out = np.minimum(one[:, 3:] - two[:, :3], two[:, 3:] - one[:, :3])
    half = np.minimum(one[:, 3:] - one[:, :3], two[:, 3:] - two[:, :3]) / 2
    return np.asarray((way_out >= np.minimum(half, tolerance)).all(axis=1), np.bool_)


def _plans(boxes: Boxes) -> "NDArray[np.object_]":
    plans: NDArray[np.object_] = shapely.box(boxes[:, 0], boxes[:, 1], boxes[:, 3], boxes[:, 4])
    return plans
