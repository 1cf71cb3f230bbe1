"""The convex hull of many shapes, without keeping them in memory."""

from typing import Any

import numpy as np
import shapely

# Directions of the farthest points: every 22.5 degrees.
_ANGLES = np.arange(16) * np.pi / 8
_DIRECTIONS = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])


class GrowingHull:
    """The convex hull of the shapes seen so far.

    A shape whose box lies inside a polygon of points of the hull cannot change it (Akl and Toussaint 1978, with boxes
    for points), which spares nearly all of them.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.shape: Any = None
        self._normals = np.empty((0, 2))
        self._reaches = np.empty(0)

    def add(self, shapes: "np.ndarray[Any, Any]") -> None:
        """Take shapes into account, in the units of their coordinates."""
        beyond = shapes[~self._inside(shapely.bounds(shapes))]
        if not len(beyond):
            return
        points = shapely.get_coordinates([self.shape, *beyond])
        self.shape = shapely.convex_hull(shapely.multipoints(points))
        self._take_core(shapely.get_coordinates(self.shape))

    def wkb(self) -> bytes | None:
        """Return it as WKB, None where there was nothing."""
        return None if self.shape is None else bytes(shapely.to_wkb(self.shape, byte_order=1))

    def _inside(self, boxes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Tell whether boxes (west, south, east, north) lie in the core: within the reach of each normal."""
        inside = np.full(len(boxes), len(self._normals) > 0)
        for (x, y), reach in zip(self._normals, self._reaches, strict=True):
            farthest = boxes[:, [2 if x > 0 else 0, 3 if y > 0 else 1]]
            inside &= farthest @ [x, y] < reach
        return inside

    def _take_core(self, corners: "np.ndarray[Any, Any]") -> None:
        """Keep the polygon of the hull's farthest points; where that is no area, nothing is inside."""
        core = shapely.convex_hull(shapely.multipoints(corners[np.argmax(corners @ _DIRECTIONS.T, axis=0)]))
        if core.geom_type != "Polygon":
            return
        ring = shapely.get_coordinates(shapely.orient_polygons(core))
        sides = np.diff(ring, axis=0)
        self._normals = np.column_stack([sides[:, 1], -sides[:, 0]])
        self._reaches = np.einsum("ij,ij->i", self._normals, ring[:-1])
