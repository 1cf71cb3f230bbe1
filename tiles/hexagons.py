"""The cells of H3 on a tile, made here since the database has none, and sent along with its statement."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import shapely

from layers.errors import ParameterError
from layers.query import MOST_THINGS
from layers.space import H3
from tiles.address import Address
from tiles.grid import MOST_CELLS, DegreeBox, GridMeasure, box_of

# H3 takes a shape wider than half the globe for one that passes the antimeridian.
_WIDEST = 60.0


def has_homes(measure: GridMeasure) -> bool:
    """Tell whether things are counted in the cell of a point on them, which only H3's own library can tell."""
    return measure.measure in ("count", "per_km2", "sum")


@lru_cache(maxsize=32)
def cell_values(level: int, address: Address) -> dict[str, Any]:
    """Return codes and outlines (WKB, degrees) of the cells that meet a tile, as values of its statement."""
    codes = H3.cover(_area(box_of(address)), level, 2 * MOST_CELLS)
    return {"cell_codes": codes.tolist(), "cell_shapes": shapely.to_wkb(H3.outline(codes)).tolist()}


def home_values(level: int, points: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """Return the cells of points (longitude, latitude, value), as values of the statement.

    Raises ParameterError where there are more than the list of a layer would count.
    """
    if len(points) > MOST_THINGS:
        raise ParameterError("z", f"more than {MOST_THINGS} things are in this tile; zoom in")
    lon, lat, values = np.array(points, dtype=np.float64).reshape(-1, 3).T
    return {"home_codes": H3.encode(lon, lat, level).tolist(), "home_values": values.tolist()}


def _area(box: DegreeBox) -> Any:
    edges = np.linspace(box.west, box.east, ceil((box.east - box.west) / _WIDEST) + 1).tolist()
    boxes = [shapely.box(west, box.south, east, box.north) for west, east in pairwise(edges)]
    # Boxes that share an edge are no valid MultiPolygon.
    return shapely.geometrycollections(boxes)
