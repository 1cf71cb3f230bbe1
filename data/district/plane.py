"""The local plane in which the district is drawn: metres east and north of one point."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

ORIGIN = (121.512, 31.229)  # degrees; the crossing of Zhangyang Road and South Pudong Road, roughly
ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)  # CGCS2000
DECIMALS = 7  # about a centimetre

XY = tuple[float, float]


def _metres_per_degree() -> XY:
    """Scale of longitude and latitude at the origin, by the ellipsoid's radii of curvature."""
    latitude = math.radians(ORIGIN[1])
    root = 1 - ELLIPSOID.es * math.sin(latitude) ** 2
    prime_vertical = ELLIPSOID.a / math.sqrt(root)
    meridian = ELLIPSOID.a * (1 - ELLIPSOID.es) / root**1.5
    return math.radians(prime_vertical * math.cos(latitude)), math.radians(meridian)


SCALE = _metres_per_degree()


def to_plane(lon: float, lat: float) -> XY:
    """Metres east and north of the origin; off by less than 0.1 % within 5 km."""
    return (lon - ORIGIN[0]) * SCALE[0], (lat - ORIGIN[1]) * SCALE[1]


def to_earth(geometry: BaseGeometry) -> BaseGeometry:
    """The geometry in degrees, longitude first, rounded to 7 decimals."""

    def degrees(points: NDArray[np.float64]) -> NDArray[np.float64]:
        exact: NDArray[np.float64] = points / np.array(SCALE) + np.array(ORIGIN)
        return exact.round(DECIMALS)

    return shapely.transform(geometry, degrees)


def line(points: Iterable[XY]) -> LineString:
    """A line through longitude, latitude pairs, in the plane."""
    return LineString([to_plane(*point) for point in points])


def polygon(points: Iterable[XY]) -> Polygon:
    """A polygon around longitude, latitude pairs, in the plane."""
    return Polygon([to_plane(*point) for point in points])


def polygons_in(geometry: BaseGeometry, smallest_m2: float = 1.0) -> list[Polygon]:
    """The polygons inside any geometry, west to east, without the slivers."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area >= smallest_m2]
    return sorted(parts, key=lambda part: (round(part.centroid.x, 3), round(part.centroid.y, 3)))


@dataclass(frozen=True)
class Frame:
    """A turned pair of axes: ``u`` along ``turn`` (radians from east, counter-clockwise), ``v`` to its left."""

    origin: XY
    turn: float

    def world(self, u: float, v: float) -> XY:
        """Plane coordinates of a point of the frame."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return self.origin[0] + u * cos - v * sin, self.origin[1] + u * sin + v * cos

    def local(self, x: float, y: float) -> XY:
        """Frame coordinates of a point of the plane."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        east, north = x - self.origin[0], y - self.origin[1]
        return east * cos + north * sin, north * cos - east * sin

    def bounds(self, shape: Polygon) -> tuple[float, float, float, float]:
        """Least u, least v, greatest u, greatest v of a shape."""
        corners = [self.local(x, y) for x, y in shape.exterior.coords]
        us, vs = [u for u, _ in corners], [v for _, v in corners]
        return min(us), min(vs), max(us), max(vs)

    def box(self, centre: XY, length: float, depth: float) -> Polygon:
        """A rectangle with its long side along ``u`` around a point of the frame."""
        u, v = centre
        half, side = length / 2, depth / 2
        corners = [(u - half, v - side), (u + half, v - side), (u + half, v + side), (u - half, v + side)]
        return Polygon([self.world(*corner) for corner in corners])

    def place(self, outline: Iterable[XY], centre: XY = (0.0, 0.0)) -> Polygon:
        """An outline, given around zero, drawn around a point of the frame."""
        return Polygon([self.world(u + centre[0], v + centre[1]) for u, v in outline])


def tight_frame(shape: Polygon) -> Frame:
    """The frame of the smallest turned rectangle around a shape, ``u`` along its longer side."""
    corners = list(shape.convex_hull.exterior.coords)
    turns = [math.atan2(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(corners)]
    centre = (shape.centroid.x, shape.centroid.y)
    frames = [Frame(centre, turn % (math.pi / 2)) for turn in turns]
    best = min(frames, key=lambda frame: round(_box_area(frame, shape), 2))
    west, south, east, north = best.bounds(shape)
    return best if east - west >= north - south else Frame(centre, best.turn - math.pi / 2)


def south_facing(frame: Frame) -> Frame:
    """The same axes with ``u`` as near to east as quarter turns allow, so that rows of houses face south."""
    quarter = math.pi / 2
    return Frame(frame.origin, (frame.turn + quarter / 2) % quarter - quarter / 2)


def _box_area(frame: Frame, shape: Polygon) -> float:
    west, south, east, north = frame.bounds(shape)
    return (east - west) * (north - south)


def inside(shape: Polygon, u_share: float, v_share: float) -> Point:
    """A point of a shape, by its share of the tight rectangle, or some inner point where that lies outside."""
    frame = tight_frame(shape)
    west, south, east, north = frame.bounds(shape)
    point = Point(frame.world(west + (east - west) * u_share, south + (north - south) * v_share))
    return point if shape.contains(point) else shape.representative_point()
