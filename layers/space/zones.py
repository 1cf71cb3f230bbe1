"""Areas of use: whether coordinates lie in that of their reference system, and which zone would fit."""

from typing import Any

import numpy as np
from pyproj import CRS

from layers.space.crs import Frame, crs_name

# Gauss-Krüger zones of CGCS2000, west to east: 6° and 3°, each with the zone's number in the easting and without.
_SERIES = (range(4491, 4502), range(4502, 4513), range(4513, 4534), range(4534, 4555))
# Those without the zone's number, of CGCS2000, Xi'an 1980 and Beijing 1954, by the width of a zone in degrees: in each
# zone of a series the same numbers are a place, so many degrees from one another (EPSG registry).
_UNNUMBERED = {
    6.0: (range(4502, 4513), range(2338, 2349), range(21453, 21464)),
    3.0: (range(4534, 4555), range(2370, 2391), range(2422, 2443)),
}
# 1 mm, in degrees.
_SLACK = 1e-8


def area_of_use(frame: Frame) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a CRS's area of use in degrees, or None where it has none."""
    return frame.area_of_use.bounds if isinstance(frame, CRS) and frame.area_of_use else None


def outside(frame: Frame, bounds: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Tell for each of ``bounds`` (n, 4; degrees of the map) whether it extends beyond the area of use."""
    area = area_of_use(frame)
    if area is None:
        return np.zeros(len(bounds), dtype=bool)
    west, south, east, north = area
    over = (bounds[:, 0] < west - _SLACK) | (bounds[:, 1] < south - _SLACK)
    return np.asarray(over | (bounds[:, 2] > east + _SLACK) | (bounds[:, 3] > north + _SLACK))


def twins(name: str) -> dict[str, float]:
    """Return the zones beside one, by name, in which the same numbers are a place so many degrees further east.

    There are none where the easting has the zone's number in it, or where ``name`` is no Gauss-Krüger zone.
    """
    code = name.removeprefix("EPSG:")
    for width, group in _UNNUMBERED.items():
        for series in group:
            if code.isdigit() and int(code) in series:
                return {f"EPSG:{int(code) + way}": way * width for way in (1, -1) if int(code) + way in series}
    return {}


def neighbour(frame: Frame, longitude: float) -> str | None:
    """Return the next Gauss-Krüger zone of the same series toward a longitude outside of the area of use."""
    area, code = area_of_use(frame), crs_name(frame).removeprefix("EPSG:")
    series = next((codes for codes in _SERIES if code.isdigit() and int(code) in codes), None)
    if area is None or series is None or area[0] <= longitude <= area[2]:
        return None
    following = int(code) + (1 if longitude > area[2] else -1)
    return f"EPSG:{following}" if following in series else None
