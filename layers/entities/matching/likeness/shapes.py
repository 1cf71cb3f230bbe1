"""Spatial relations of two shapes: shares of area or length, and distances in metres."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from layers.space.plane import LocalPlane

Shapes = NDArray[Any]
Values = NDArray[np.float64]
# CGCS2000's ellipsoid.
_EARTH = Geod(a=6378137.0, rf=298.257222101)
# Two drawings of one line are at most so far apart; less within one source, where carriageways lie side by side.
ALONG_M, ALONG_ONE_M = 8.0, 1.0


@dataclass(frozen=True)
class SpatialRelation:
    """The spatial relations of pairs of shapes, (n,) each; NaN where the kind of shapes has no such measure.

    ``overlap`` is intersection over union; ``inside`` the intersection over the smaller one, of lines the share of the
    shorter that runs beside the longer; ``size`` the smaller area or length over the larger; ``distance_m`` the
    distance of the centroids on the ellipsoid, ``away_m`` the Hausdorff distance of lines; ``a_larger``: a is larger.
    """

    overlap: Values
    inside: Values
    size: Values
    distance_m: Values
    away_m: Values
    a_larger: NDArray[np.bool_]


def spatial_relation(a: Shapes, b: Shapes, along_m: float = ALONG_M) -> SpatialRelation:
    """Return the relations of shapes (n,) in EPSG:4490, longitude first, to the shapes (n,) of ``b``.

    Lines that are at most ``along_m`` apart, metres, run along each other.
    """
    if not len(a):
        nothing = np.empty(0)
        return SpatialRelation(nothing, nothing, nothing, nothing, nothing, np.empty(0, bool))
    ends = shapely.get_coordinates(shapely.centroid(np.concatenate([a, b])))
    plane = LocalPlane(*(float(part) for part in np.median(ends, axis=0)))
    first, second = _flat(a, plane), _flat(b, plane)
    distance = _metres(ends[: len(a)], ends[len(a) :])
    dimension = np.minimum(shapely.get_dimensions(first), shapely.get_dimensions(second))
    areas = _areas(first, second, dimension == 2)
    lines = _lines(first, second, dimension == 1, along_m)
    measures = [np.where(dimension == 2, area, line) for area, line in zip(areas, lines, strict=True)]
    overlap, inside, size, away = measures
    measure = np.where(dimension == 2, shapely.area(first) - shapely.area(second), 0)
    measure = np.where(dimension == 1, shapely.length(first) - shapely.length(second), measure)
    return SpatialRelation(overlap, inside, size, distance, away, measure >= 0)


def _flat(shapes: Shapes, plane: LocalPlane) -> Shapes:
    """Return shapes in metres of a plane; invalid ones are repaired, or they would have no intersections."""
    flat = plane.to_plane(shapes)
    invalid = ~shapely.is_valid(flat)
    flat[invalid] = shapely.make_valid(flat[invalid])
    return flat


def _metres(one: Values, other: Values) -> Values:
    _, _, metres = _EARTH.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    return np.asarray(metres)


def _areas(a: Shapes, b: Shapes, which: NDArray[np.bool_]) -> tuple[Values, Values, Values, Values]:
    overlap, inside, size, away = (np.full(len(a), np.nan) for _ in range(4))
    first, second = shapely.area(a[which]), shapely.area(b[which])
    shared = shapely.area(shapely.intersection(a[which], b[which]))
    smaller, larger = np.minimum(first, second), np.maximum(first, second)
    with np.errstate(invalid="ignore", divide="ignore"):
        overlap[which] = shared / (first + second - shared)
        inside[which] = shared / smaller
        size[which] = smaller / larger
    return overlap, inside, size, away


def _lines(a: Shapes, b: Shapes, which: NDArray[np.bool_], along_m: float) -> tuple[Values, Values, Values, Values]:
    overlap, inside, size, away = (np.full(len(a), np.nan) for _ in range(4))
    first, second = a[which], b[which]
    long_first, long_second = shapely.length(first), shapely.length(second)
    near_first = shapely.length(shapely.intersection(first, shapely.buffer(second, along_m)))
    near_second = shapely.length(shapely.intersection(second, shapely.buffer(first, along_m)))
    with np.errstate(invalid="ignore", divide="ignore"):
        overlap[which] = (near_first + near_second) / (long_first + long_second)
        inside[which] = np.where(long_first < long_second, near_first / long_first, near_second / long_second)
        size[which] = np.minimum(long_first, long_second) / np.maximum(long_first, long_second)
    away[which] = shapely.hausdorff_distance(first, second)
    return overlap, inside, size, away
