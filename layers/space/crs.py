"""Coordinate reference systems: everything that comes in is kept in CGCS2000, EPSG:4490, longitude first."""

import unicodedata
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from layers.errors import InputError, ParameterError
from layers.space.gcj02_bd09 import SHIFTS, LonLat, Shift
from layers.space.local_grid import LocalGrid

MAP_SRID = 4490
MAP_CRS = "EPSG:4490"
WGS84 = "EPSG:4326"
# WGS 84 and CGCS2000 have the same ellipsoid to less than a millimetre, and PROJ has no operation between them but the
# null one: their numbers are taken as they are. But CGCS2000 is fixed at the year 2000 while the ground, and WGS 84
# with it, has drifted 3 cm a year since.
_CGCS2000 = {"EPSG:4490", "EPSG:4480"}
_WGS84 = {"EPSG:4326", "OGC:CRS84", "EPSG:4979"}
_SAME_NUMBERS = _CGCS2000 | _WGS84
WGS84_ACCURACY_M = 1.0
# Areas of use of a system and of an operation for all of it differ by so much.
_SLACK_DEG = 0.5

# Systems of coordinates: those that pyproj knows, the shifted ones, and grids that an operator has configured.
Frame = CRS | Shift | LocalGrid


def parse_crs(text: str, parameter: str = "crs", grids: Iterable[LocalGrid] = ()) -> Frame:
    """Read GCJ-02, BD-09, the name of a local grid, an EPSG code, an OGC URN, a PROJ string or WKT."""
    grids = tuple(grids)
    name = _plain(text)
    for shift in SHIFTS:
        if name in map(_plain, (shift.name, *shift.aliases)):
            return shift
    for grid in grids:
        if name == _plain(grid.name):
            grid.require(parameter)
            return grid
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        names = ["EPSG:4326", *(shift.name for shift in SHIFTS), *(grid.name for grid in grids)]
        raise ParameterError(
            parameter,
            f"{text!r} names no coordinate reference system; use for example {', '.join(names)}",
        ) from error


def crs_name(frame: Frame) -> str:
    """Return a short name: authority and code of a CRS, or its own name where it has none."""
    if not isinstance(frame, CRS):
        return frame.name
    authority = frame.to_authority(min_confidence=70)
    return ":".join(authority) if authority else str(frame.name)


def has_map_numbers(frame: Frame) -> bool:
    """Tell whether coordinates in it are, longitude first, those of the map."""
    return is_map_numbers(crs_name(frame))


def is_map_numbers(name: str) -> bool:
    """Tell the same of a CRS by its name, as rows keep it."""
    return name in _SAME_NUMBERS


def accuracy_m(frame: Frame) -> float | None:
    """Return the accuracy of transforming its coordinates to the map, in metres; None where unknown."""
    if not isinstance(frame, CRS):
        return frame.accuracy_m
    geodetic = None if frame.geodetic_crs is None else crs_name(frame.geodetic_crs)
    if geodetic in _WGS84:
        return WGS84_ACCURACY_M
    if geodetic in _CGCS2000:
        return 0.0
    return _way(frame.to_wkt())[1]


def to_map(geometries: "np.ndarray[Any, Any]", frame: Frame) -> "np.ndarray[Any, Any]":
    """Return shapely geometries in EPSG:4490, longitude first; raises InputError where they cannot be placed."""
    deep = shapely.has_z(geometries) | shapely.has_m(geometries)
    flat = np.asarray(shapely.force_2d(geometries) if deep.any() else geometries)
    if isinstance(frame, Shift):
        _require_degrees(flat, frame)
    placed = flat if has_map_numbers(frame) else np.asarray(shapely.transform(flat, _mover(frame)))
    _require_degrees(placed, frame)
    return placed


def _require_degrees(shapes: "np.ndarray[Any, Any]", frame: Frame) -> None:
    bounds = shapely.total_bounds(shapes)
    if np.isnan(bounds).all():
        return
    if not (np.abs(bounds[[0, 2]]) <= 180.0).all() or not (np.abs(bounds[[1, 3]]) <= 90.0).all():
        raise InputError(
            f"coordinates between ({bounds[0]:g}, {bounds[1]:g}) and ({bounds[2]:g}, {bounds[3]:g}) are no degrees "
            f"of longitude and latitude, so they are not in {crs_name(frame)}; give their CRS with --crs"
        )


def _mover(frame: Frame) -> Any:
    if isinstance(frame, Shift):
        return frame.inverse
    if isinstance(frame, LocalGrid):
        return frame.lonlat
    transformer, _ = _way(frame.to_wkt())

    def move(coordinates: LonLat) -> LonLat:
        try:
            x, y = transformer.transform(coordinates[:, 0], coordinates[:, 1], errcheck=True)
        except ProjError as error:
            raise InputError(f"coordinates cannot be transformed to {MAP_CRS}: {error}; check --crs") from error
        return np.column_stack([x, y])

    return move


@lru_cache(maxsize=32)
def _way(wkt: str) -> tuple[Transformer, float | None]:
    """Return the transformation to the map, and its accuracy in metres or None.

    PROJ has no operation between most datums and CGCS2000, and would take their degrees as they are, a hundred metres
    off; there the way is by WGS 84, whose numbers are the map's.
    """
    frame = CRS.from_wkt(wkt)
    direct = Transformer.from_crs(frame, CRS.from_epsg(MAP_SRID), always_xy=True)
    if direct.accuracy >= 0:
        return direct, float(direct.accuracy)
    by_wgs84 = _to_wgs84(frame)
    return (direct, None) if by_wgs84 is None else (by_wgs84, float(by_wgs84.accuracy) + WGS84_ACCURACY_M)


def _to_wgs84(frame: CRS) -> Transformer | None:
    """Return the best operation to WGS 84 that is known to hold all over a system's area of use, if there is one."""
    area = frame.area_of_use
    with warnings.catch_warnings():
        # It says which grids are not installed; the next best operation is the answer.
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(frame, WGS84, always_xy=True, allow_ballpark=False)
    for way in group.transformers:
        if area is not None and way.area_of_use is not None and way.accuracy >= 0:
            west, south, east, north = way.area_of_use.bounds
            if west - _SLACK_DEG <= area.west <= area.east <= east + _SLACK_DEG and (
                south - _SLACK_DEG <= area.south <= area.north <= north + _SLACK_DEG
            ):
                return way
    return None


def _plain(name: str) -> str:
    """Return a name without differences in spelling: width, case, hyphens and spaces."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())
