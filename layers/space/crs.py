"""Coordinate reference systems: everything that comes in is kept in CGCS2000, EPSG:4490, longitude first."""

from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from layers.errors import InputError, ParameterError

MAP_SRID = 4490
MAP_CRS = "EPSG:4490"
WGS84 = "EPSG:4326"
# WGS 84 and CGCS2000 differ by some decimetres in frame and by less than a millimetre in ellipsoid, and PROJ has no
# operation between them but the null one: their numbers are taken as they are.
_SAME_NUMBERS = {"EPSG:4490", "EPSG:4326", "OGC:CRS84", "EPSG:4979", "EPSG:4480"}


def parse_crs(text: str, parameter: str = "crs") -> CRS:
    """Read a CRS from an EPSG code, an OGC URN, a PROJ string or WKT."""
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise ParameterError(
            parameter, f"{text!r} names no coordinate reference system; write it as EPSG:4326"
        ) from error


def crs_name(crs: CRS) -> str:
    """Return a short name of a CRS: authority and code, or its own name where it has none."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else str(crs.name)


def has_map_numbers(crs: CRS) -> bool:
    """Tell whether coordinates in that CRS are, longitude first, those of the map."""
    return crs_name(crs) in _SAME_NUMBERS


def to_map(geometries: "np.ndarray[Any, Any]", crs: CRS) -> "np.ndarray[Any, Any]":
    """Return shapely geometries in EPSG:4490, longitude first; raises InputError where they cannot be placed."""
    flat = np.asarray(shapely.force_2d(geometries))
    placed = flat if has_map_numbers(crs) else np.asarray(shapely.transform(flat, _mover(crs.to_wkt())))
    bounds = shapely.total_bounds(placed)
    if np.isnan(bounds).all():
        return placed
    if not (np.abs(bounds[[0, 2]]) <= 180.0).all() or not (np.abs(bounds[[1, 3]]) <= 90.0).all():
        raise InputError(
            f"coordinates between ({bounds[0]:g}, {bounds[1]:g}) and ({bounds[2]:g}, {bounds[3]:g}) are no degrees "
            f"of longitude and latitude, so they are not in {crs_name(crs)}; say in which CRS they are with --crs"
        )
    return placed


@lru_cache(maxsize=32)
def _mover(wkt: str) -> Any:
    transformer = Transformer.from_crs(CRS.from_wkt(wkt), CRS.from_epsg(MAP_SRID), always_xy=True)

    def move(coordinates: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        try:
            x, y = transformer.transform(coordinates[:, 0], coordinates[:, 1], errcheck=True)
        except ProjError as error:
            raise InputError(f"coordinates cannot be brought to {MAP_CRS}: {error}; check --crs") from error
        return np.column_stack([x, y])

    return move
