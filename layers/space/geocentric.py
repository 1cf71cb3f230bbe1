"""Places as metres from the centre of the earth, and the frame of east, north and up at one of them; CGCS2000.

Formulas: B. Hofmann-Wellenhof, H. Lichtenegger, E. Wasle, "GNSS", 2008, section 8.2 (geodetic, geocentric, local) and
B. R. Bowring, "Transformation from spatial to geographical coordinates", Survey Review 23, 1976 (the way back). The
ellipsoid is that of CGCS2000 (GB 22021-2008): a = 6378137 m, 1/f = 298.257222101.
"""

from typing import Any

import numpy as np

# (n, 3), float64.
Points = np.ndarray[Any, Any]

A_M = 6378137.0
_F = 1.0 / 298.257222101
_B_M = A_M * (1.0 - _F)
_E2 = _F * (2.0 - _F)
_SECOND_E2 = _E2 / (1.0 - _E2)
# Bowring's step leaves some 3e-8″ near the ground, a micrometre; the second one nothing.
_STEPS = 2


def to_geocentric(places: Points) -> Points:
    """Return x, y, z in metres (EPSG:4479) of longitude, latitude (degrees) and height over the ellipsoid (m)."""
    lon, lat = np.radians(places[:, 0]), np.radians(places[:, 1])
    normal = A_M / np.sqrt(1.0 - _E2 * np.sin(lat) ** 2)
    out = (normal + places[:, 2]) * np.cos(lat)
    return np.column_stack([out * np.cos(lon), out * np.sin(lon), (normal * (1.0 - _E2) + places[:, 2]) * np.sin(lat)])


def from_geocentric(xyz: Points) -> Points:
    """Return longitude, latitude (degrees) and height (m) of x, y, z in metres; exact to nanometres near the ground."""
    out, z = np.hypot(xyz[:, 0], xyz[:, 1]), xyz[:, 2]
    # Sine and cosine are any two numbers in their ratio: first those of the reduced latitude.
    sin, cos = z * A_M, out * _B_M
    for _ in range(_STEPS):
        length = np.hypot(sin, cos)
        north, outward = z + _SECOND_E2 * _B_M * (sin / length) ** 3, out - _E2 * A_M * (cos / length) ** 3
        sin, cos = (1.0 - _F) * north, outward
    length = np.hypot(north, outward)
    sin, cos = north / length, outward / length
    height = out * cos + z * sin - A_M * np.sqrt(1.0 - _E2 * sin**2)
    return np.column_stack(
        [np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])), np.degrees(np.arctan2(north, outward)), height]
    )


def east_north_up(lon: float, lat: float) -> Points:
    """Return a (3, 3) rotation at a place in degrees, whose columns are east, north and up in geocentric axes."""
    sin_lon, cos_lon = np.sin(np.radians(lon)), np.cos(np.radians(lon))
    sin_lat, cos_lat = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    return np.array(
        [
            [-sin_lon, -sin_lat * cos_lon, cos_lat * cos_lon],
            [cos_lon, -sin_lat * sin_lon, cos_lat * sin_lon],
            [0.0, cos_lat, sin_lat],
        ]
    )
