"""The area of pixels on the ellipsoid of CGCS2000, square metres."""

from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]
# GRS 80, which CGCS2000's ellipsoid equals to a tenth of a millimetre.
_A, _F = 6378137.0, 1 / 298.257222101
_E2 = _F * (2 - _F)
# The area changes slowly: it is worked out at some places, and taken to be straight between them.
_NODES = 17


def pixel_areas(transform: Affine, to_degrees: Transformer, corner: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """Return areas (rows, columns) of the pixels of a window with its corner at (row, column).

    ``back`` leads from the raster's coordinates to degrees. The area is the determinant of the way from pixels to
    degrees, times that of the surface itself: M·N·cos φ, M and N being the radii of curvature.
    """
    rows, columns = (np.unique(np.linspace(0, length - 1, _nodes(length)).round()) for length in shape)
    right, down = np.meshgrid(columns + corner[1] + 0.5, rows + corner[0] + 0.5)
    areas = _areas(transform, to_degrees, right, down)
    along = np.array([np.interp(np.arange(shape[1]), columns, line) for line in areas])
    return np.array([np.interp(np.arange(shape[0]), rows, line) for line in along.T]).T


def _nodes(length: int) -> int:
    return min(_NODES, 2 + length // 16)


def _areas(transform: Affine, to_degrees: Transformer, column: Floats, row: Floats) -> Floats:
    steps = [
        _degrees(transform, to_degrees, column + dx, row + dy) for dx, dy in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))
    ]
    (lon_e, lat_e), (lon_w, lat_w), (lon_s, lat_s), (lon_n, lat_n) = np.radians(steps)
    turned = (lon_e - lon_w) * (lat_s - lat_n) - (lon_s - lon_n) * (lat_e - lat_w)
    latitude = (lat_e + lat_w) / 2
    w2 = 1 - _E2 * np.sin(latitude) ** 2
    # M = a(1 − e²)/w³ and N = a/w.
    return np.asarray(np.abs(turned) * _A**2 * (1 - _E2) / w2**2 * np.cos(latitude))


def _degrees(transform: Affine, to_degrees: Transformer, column: Floats, row: Floats) -> Floats:
    places: Any = (column.ravel(), row.ravel())
    x, y = transform @ places
    return np.array([part.reshape(column.shape) for part in to_degrees.transform(x, y)])
