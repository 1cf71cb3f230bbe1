"""Well-known binary of geometries: operations that are faster on the bytes."""

import struct

import shapely

from layers.errors import InputError

_TYPES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
_NUMBERS = {name: number for number, name in _TYPES.items()}
_LITTLE = 1


def wkb_type(wkb: bytes) -> str:
    """Return the geometry type that two-dimensional WKB states, such as ``MultiPolygon``."""
    (number,) = struct.unpack_from("<I" if wkb[0] == _LITTLE else ">I", wkb, 1)
    return _TYPES[number]


def wkb_number(name: str) -> int:
    """Return the number by which two-dimensional WKB states a geometry type."""
    return _NUMBERS[name]


def as_type(wkb: bytes, target: str) -> bytes:
    """Return the geometry as type ``target``: a single one in a collection of one, and a point on any surface or line.

    Raises InputError where one is not the other, as a line is no polygon.
    """
    present = wkb_type(wkb)
    if target in (present, "Geometry"):
        return wkb
    if target == f"Multi{present}":
        return struct.pack("<BII", _LITTLE, _NUMBERS[target], 1) + wkb
    if target == "Point":
        return bytes(shapely.point_on_surface(shapely.from_wkb(wkb)).wkb)
    if present == f"Multi{target}" and len(parts := shapely.get_parts(shapely.from_wkb(wkb))) == 1:
        return bytes(parts[0].wkb)
    raise InputError(f"a {present} where the layer has {target}s")


def box_wkb(west: float, south: float, east: float, north: float) -> bytes:
    """Return a rectangle, in degrees."""
    return bytes(shapely.box(west, south, east, north).wkb)
