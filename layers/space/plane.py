"""A plane in metres about one place, for models of a few kilometres."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer


@dataclass(frozen=True)
class LocalPlane:
    """Metres east (x) and north (y) of a place given in degrees (EPSG:4490).

    A transverse Mercator projection on CGCS2000's ellipsoid with its own centre, so that no zone seam runs through
    it; 5 km away its scale is off by less than a millionth.
    """

    lon: float
    lat: float

    @cached_property
    def crs(self) -> CRS:
        """Return the plane's coordinate reference system."""
        return CRS.from_proj4(
            f"+proj=tmerc +lat_0={self.lat:.9f} +lon_0={self.lon:.9f} +k=1 +a=6378137 +rf=298.257222101 +units=m"
        )

    @cached_property
    def _forward(self) -> Transformer:
        return Transformer.from_crs(CRS.from_epsg(4490), self.crs, always_xy=True)

    def to_plane(self, geometries: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Return shapely geometries of the map (EPSG:4490, longitude first) in metres of the plane."""
        return np.asarray(shapely.transform(geometries, self.xy))

    def to_map(self, geometries: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Return shapely geometries of the plane in EPSG:4490, longitude first."""
        return np.asarray(shapely.transform(geometries, self.lonlat))

    def xy(self, lonlat: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Return metres (n, 2) of degrees (n, 2)."""
        return np.column_stack(self._forward.transform(lonlat[:, 0], lonlat[:, 1]))

    def lonlat(self, xy: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Return degrees (n, 2), longitude first, of metres (n, 2)."""
        return np.column_stack(self._forward.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
