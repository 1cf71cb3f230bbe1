"""GeoJSON geometries as WKB, with the rules of RFC 7946 for rings checked on the way."""

import math
import struct
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

Positions = Sequence[Sequence[float]]
_RING_POSITIONS = 4
_LITTLE = 1


def pack(geometry: Any) -> bytes | None:
    """Return two-dimensional WKB, or None for no geometry; raises ValueError with the reason it cannot be used."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in _PACKERS:
        kind = geometry.get("type") if isinstance(geometry, dict) else geometry
        raise ValueError(f"{kind!r} is not a geometry that a layer can have")
    coordinates = geometry.get("coordinates")
    if not coordinates:
        return None
    try:
        return _PACKERS[geometry["type"]](coordinates)
    except (TypeError, KeyError, IndexError, struct.error):
        raise ValueError(f"its coordinates are not those of a {geometry['type']}") from None


def _header(number: int, *counts: int) -> bytes:
    return struct.pack(f"<BI{len(counts)}I", _LITTLE, number, *counts)


def _point(position: Sequence[float]) -> bytes:
    return _header(1) + _floats([position])


def _line(positions: Positions) -> bytes:
    if len(positions) < 2:
        raise ValueError(f"a line of {len(positions)} positions; a line has at least 2")
    return _header(2, len(positions)) + _floats(positions)


def _polygon(rings: Sequence[Positions]) -> bytes:
    return _header(3, len(rings)) + b"".join(_ring(number, ring) for number, ring in enumerate(rings, start=1))


def _ring(number: int, positions: Positions) -> bytes:
    if len(positions) < _RING_POSITIONS:
        raise ValueError(f"ring {number} has {len(positions)} positions; a ring has at least {_RING_POSITIONS}")
    first, last = list(positions[0][:2]), list(positions[-1][:2])
    if first != last:
        raise ValueError(f"ring {number} is not closed: it begins at {_place(first)} and ends at {_place(last)}")
    return struct.pack("<I", len(positions)) + _floats(positions)


def _many(number: int, pack_one: Callable[[Any], bytes]) -> Callable[[Sequence[Any]], bytes]:
    return lambda parts: _header(number, len(parts)) + b"".join(pack_one(part) for part in parts)


def _floats(positions: Positions) -> bytes:
    flat = list(chain.from_iterable((position[0], position[1]) for position in positions))
    if not all(map(math.isfinite, flat)):
        raise ValueError("a coordinate is not finite")
    return struct.pack(f"<{len(flat)}d", *flat)


def _place(position: Sequence[float]) -> str:
    return f"({', '.join(f'{number:.7g}' for number in position)})"


_PACKERS: dict[str, Callable[[Any], bytes]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _many(4, _point),
    "MultiLineString": _many(5, _line),
    "MultiPolygon": _many(6, _polygon),
}
