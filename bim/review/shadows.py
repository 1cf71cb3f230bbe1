"""Shadows on the ground as polygons: footprints swept along the rays of the sun, without rays."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.footprints.extrusion import Frame
from bim.review.scene import Floats, Ints, Prisms, to_map

# A polygon is convex whose hull is larger by no more than this share.
_SAME_AREA = 1e-9


def shadow_polygons(prisms: Prisms, frame: Frame, direction: Floats) -> Any:
    """Return the shadows of prisms as one (multi)polygon in EPSG:4490, with what they stand on.

    ``direction`` (3,) points to the sun in the frame; below the horizon there is no shadow of its own, and the answer
    is empty. The ground is flat, at height 0: shadows are those in the plane of the frame, laid on the ellipsoid,
    which bends 8 cm down from it over a kilometre.
    """
    return to_map(plane_shadows(prisms.plane(frame), prisms.base, prisms.top, direction), frame)


def plane_shadows(outlines: "NDArray[Any]", base: Floats, top: Floats, direction: Floats) -> Any:
    """Return the union of shadows on the plane z = 0 of prisms over (multi)polygons (k,), metres.

    A prism's shadow is its outline swept from where the shadow of its base lies to where that of its top does: the
    former, and a parallelogram over each edge that leads; of a convex outline it is the hull of both. That is exact,
    with courts, and for what hangs in the air.
    """
    if direction[2] <= 0 or not len(outlines):
        return shapely.MultiPolygon()
    away = -direction[:2] / direction[2]
    low, high = np.maximum(base, 0.0), np.maximum(top, 0.0)
    polygons, owner = shapely.get_parts(shapely.orient_polygons(_valid(outlines)), return_index=True)
    near, far = away * low[owner][:, None], away * high[owner][:, None]
    convex = _is_convex(polygons)
    hulls = _hulls(_moved(polygons[convex], near[convex]), _moved(polygons[convex], far[convex]))
    others = polygons[~convex]
    parts = (hulls, _moved(others, near[~convex]), _sides(others, near[~convex], far[~convex]))
    return shapely.union_all(np.concatenate(parts))


def _valid(outlines: "NDArray[Any]") -> "NDArray[Any]":
    """Return outlines of which the union can be made: a ring that crosses itself becomes what it encloses."""
    bad = ~shapely.is_valid(outlines)
    if not bad.any():
        return outlines
    mended = outlines.copy()
    mended[bad] = shapely.make_valid(outlines[bad], method="structure", keep_collapsed=False)
    return mended


def _is_convex(polygons: "NDArray[Any]") -> NDArray[np.bool_]:
    hull = shapely.area(shapely.convex_hull(polygons))
    return np.asarray(hull - shapely.area(polygons) <= _SAME_AREA * hull)


def _hulls(near: "NDArray[Any]", far: "NDArray[Any]") -> "NDArray[Any]":
    return np.asarray(shapely.convex_hull(shapely.multipolygons(np.stack([near, far], axis=1))))


def _moved(polygons: "NDArray[Any]", by: Floats) -> "NDArray[Any]":
    """Return polygons (p,), each moved by (p, 2)."""
    corners, polygon = shapely.get_coordinates(polygons, return_index=True)
    return np.asarray(shapely.set_coordinates(polygons.copy(), corners + by[polygon]))


def _sides(polygons: "NDArray[Any]", near: Floats, far: Floats) -> "NDArray[Any]":
    """Return what edges of polygons (p,) sweep from ``near`` to ``far`` (p, 2), those that lead that way.

    Edges in a row make one polygon: all of them lead, so that none of them comes back over another.
    """
    start, end, polygon = _edges(polygons)
    along, way = end - start, (far - near)[polygon]
    leads = np.flatnonzero(along[:, 1] * way[:, 0] - along[:, 0] * way[:, 1] > 0)
    if not len(leads):
        return np.empty(0, object)
    start, end, polygon = start[leads], end[leads], polygon[leads]
    apart = (np.diff(leads) > 1) | (np.diff(polygon) > 0) | (start[1:] != end[:-1]).any(axis=1)
    begins = np.append(True, apart)
    ends = np.append(begins[1:], True)
    chain = np.cumsum(begins) - 1
    # The corners of each chain in order: where its edges start, and where the last one ends.
    corner_chain = np.concatenate([chain, chain[ends]])
    corner_polygon = np.concatenate([polygon, polygon[ends]])
    place = np.concatenate([np.arange(len(leads)), np.flatnonzero(ends) + 0.5])
    corners = np.concatenate([start, end[ends]])
    # There along the near side, and back along the far one.
    there, back = corners + near[corner_polygon], corners + far[corner_polygon]
    order = np.lexsort((np.concatenate([place, 2 * len(leads) - place]), np.tile(corner_chain, 2)))
    rings = shapely.linearrings(np.concatenate([there, back])[order], indices=np.tile(corner_chain, 2)[order])
    return np.asarray(shapely.polygons(rings))


def _edges(polygons: "NDArray[Any]") -> tuple[Floats, Floats, Ints]:
    """Return where edges start and end (e, 2), outside on their right, and of which polygon (e,) each is."""
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    follows = ring[1:] == ring[:-1]
    return corners[:-1][follows], corners[1:][follows], polygon[ring[:-1][follows]]
