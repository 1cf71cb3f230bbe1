"""GCJ-02 火星坐标 and BD-09 百度坐标: the shifted coordinates of Chinese web maps, both ways.

Neither is a reference system in the usual sense: each is WGS 84 (here: CGCS2000, see ``layers.space.crs``) moved by a
smooth but crooked field of some hundred metres; in Pudong GCJ-02 lies 457 to 494 m off. No official text of the field
is public. The polynomial and sines below, with the Krasovsky ellipsoid's constants (a = 6378245 m, e² =
0.00669342162296594323), are the ones that were published in 2013 for "WGS-84 to GCJ-02", and those of BD-09 the ones
that Baidu's developers published for GCJ-02; all open converters rest on the same two. The way back has no closed form:
the field is subtracted again and again until it fits. A step leaves at most a hundredth of the error, so that some
six of them end below a micrometre.

Outside the rectangle that the published algorithm calls China, coordinates are returned as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Degrees, (n, 2), longitude first.
LonLat = np.ndarray[Any, Any]

_A = 6378245.0
_EE = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
# Where the polynomial has its origin.
_LON, _LAT = 105.0, 35.0
_BD_PI = np.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006
# A tenth of a micrometre, in degrees.
_CLOSE_ENOUGH = 1e-12
_MOST_STEPS = 30


def to_gcj02(lonlat: LonLat) -> LonLat:
    """Return GCJ-02 of places of the map."""
    return _inside_china(lonlat, lambda inside: inside + _gcj02_shift(inside))


def from_gcj02(lonlat: LonLat) -> LonLat:
    """Return places of the map of GCJ-02, exact to well below a millimetre."""
    return _inside_china(lonlat, lambda inside: _undone(inside, _gcj02_shift))


def to_bd09(lonlat: LonLat) -> LonLat:
    """Return BD-09 of places of the map: Baidu's shift on top of GCJ-02."""
    return _inside_china(lonlat, lambda inside: inside + _bd09_shift(inside))


def from_bd09(lonlat: LonLat) -> LonLat:
    """Return places of the map of BD-09, exact to well below a millimetre."""
    return _inside_china(lonlat, lambda inside: _undone(inside, _bd09_shift))


@dataclass(frozen=True)
class Shift:
    """One kind of shifted coordinates; ``accuracy_m`` is what may be expected of the way back."""

    name: str
    aliases: tuple[str, ...]
    accuracy_m: float
    forward: Callable[[LonLat], LonLat]
    inverse: Callable[[LonLat], LonLat]


# The figures are estimates, for there is no official one: the field as published against that of the map vendors, and
# the metre by which WGS 84 of today and CGCS2000 of the year 2000 differ (docs/coordinates.md).
GCJ02 = Shift("GCJ-02", ("GCJ02", "火星坐标", "火星坐标系", "国测局坐标"), 2.0, to_gcj02, from_gcj02)
BD09 = Shift("BD-09", ("BD09", "BD09LL", "百度坐标", "百度坐标系"), 3.0, to_bd09, from_bd09)
SHIFTS = (GCJ02, BD09)


def _inside_china(lonlat: LonLat, move: Callable[[LonLat], LonLat]) -> LonLat:
    """Shift points inside the rectangle of the published algorithm, and leave the others."""
    points = np.asarray(lonlat, dtype=float)
    lon, lat = points[:, 0], points[:, 1]
    inside = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    moved = points.copy()
    if inside.any():
        moved[inside] = move(points[inside])
    return moved


def _undone(target: LonLat, shift: Callable[[LonLat], LonLat]) -> LonLat:
    """Return the places that ``shift`` moves to ``target``."""
    place = target - shift(target)
    for _ in range(_MOST_STEPS):
        error = place + shift(place) - target
        place = place - error
        if np.abs(error).max() < _CLOSE_ENOUGH:
            break
    return place


def _gcj02_shift(lonlat: LonLat) -> LonLat:
    """Return by how many degrees GCJ-02 lies off."""
    x, y = lonlat[:, 0] - _LON, lonlat[:, 1] - _LAT
    root, short = np.sqrt(np.abs(x)), 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += _two_thirds(short, _waves(y, (20.0, 1.0), (40.0, 3.0)), _waves(y, (160.0, 12.0), (320.0, 30.0)))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += _two_thirds(short, _waves(x, (20.0, 1.0), (40.0, 3.0)), _waves(x, (150.0, 12.0), (300.0, 30.0)))
    latitude = np.radians(lonlat[:, 1])
    w = 1.0 - _EE * np.sin(latitude) ** 2
    metres_per_lat = _A * (1.0 - _EE) / (w * np.sqrt(w)) * np.pi / 180.0
    metres_per_lon = _A / np.sqrt(w) * np.cos(latitude) * np.pi / 180.0
    return np.column_stack([east / metres_per_lon, north / metres_per_lat])


def _waves(at: LonLat, *waves: tuple[float, float]) -> LonLat:
    """Return the sum of sine waves, each given by its height and half its length."""
    return np.asarray(sum(height * np.sin(at * np.pi / half) for height, half in waves))


def _two_thirds(*parts: LonLat) -> LonLat:
    return np.asarray(sum(parts)) * 2.0 / 3.0


def _bd09_shift(lonlat: LonLat) -> LonLat:
    """Return by how many degrees BD-09 lies off the map, over GCJ-02."""
    gcj = lonlat + _gcj02_shift(lonlat)
    x, y = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PI)
    return np.column_stack([radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT]) - lonlat
