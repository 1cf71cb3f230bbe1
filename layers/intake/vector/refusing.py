"""The reasons for which features are refused, and their places on the map."""

import re
from typing import Any

import numpy as np
import shapely

from layers.errors import InputError
from layers.intake.rejection import (
    GEOMETRY_INVALID,
    GEOMETRY_MISSING,
    GEOMETRY_PLACE,
    GEOMETRY_UNREADABLE,
    KEY_MISSING,
    ROW_UNREADABLE,
    VALUE_TYPE,
    Reason,
)
from layers.intake.vector.feed import Feature
from layers.intake.vector.shapes import why_unreadable
from layers.space.crs import Frame, to_map
from layers.title import Title

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
# The place in a reason of GEOS, and the first two numbers in the text of an unreadable geometry.
_SPOT = re.compile(rf"^(.*)\[({_NUMBER}) ({_NUMBER})\]$")
_PAIR = re.compile(rf"({_NUMBER})[\s,]+({_NUMBER})")
_INVALID = {
    "Self-intersection": "几何自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "孔洞在外环之外",
    "Holes are nested": "孔洞嵌套",
    "Nested shells": "外环嵌套",
    "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "点数不足",
}


def bad_geometry(feature: Feature, shape: Any, frame: Frame) -> Reason:
    """Return the reason for a geometry that is missing, empty, unreadable or invalid."""
    if feature.broken:
        return Reason(ROW_UNREADABLE, Title(f"整行无法读取：{feature.fault}", str(feature.fault)))
    if feature.fault is not None:
        return Reason(
            GEOMETRY_UNREADABLE, Title(f"几何无法读取：{feature.fault}", feature.fault), first_place(feature, frame)
        )
    if (shape is not None and shapely.is_empty(shape)) or feature.geometry is None:
        return Reason(GEOMETRY_MISSING, Title("没有几何", "it has no geometry"))
    if shape is None:
        return _unreadable(feature)
    return _invalid(str(shapely.is_valid_reason(shape)), frame)


def untransformable(error: InputError) -> Reason:
    """Return the reason for coordinates that cannot be transformed to the map's CRS."""
    return Reason(GEOMETRY_PLACE, Title(f"坐标无法转换到底图：{error}", str(error)))


def bad_value(label: str, error: Exception) -> Reason:
    """Return the reason for a value that does not fit its column's type."""
    return Reason(VALUE_TYPE, Title(f"字段 {label} 的值不合类型：{error}", f"{label}: {error}"))


def missing_key(label: str | None) -> Reason:
    """Return the reason for a row without a key."""
    column = "" if label is None else f" {label}"
    return Reason(KEY_MISSING, Title(f"缺少标识{column}", f"it has no key{column}"))


def shape_on_map(feature: Feature, shape: Any, frame: Frame) -> bytes | None:
    """Return the shape of a refused feature, or its first position, as WKB in EPSG:4490, if it can be transformed."""
    if shape is not None and not shapely.is_empty(shape):
        return _on_map(shape, frame)
    spot = first_place(feature, frame)
    return None if spot is None else bytes(shapely.Point(spot).wkb)


def first_place(feature: Feature, frame: Frame) -> tuple[float, float] | None:
    """Return the first position in the text of an unreadable geometry, in the map's CRS."""
    match = None if feature.original is None or feature.broken else _PAIR.search(feature.original)
    return None if match is None else _spot(match[1], match[2], frame)


def _unreadable(feature: Feature) -> Reason:
    why = why_unreadable(feature.geometry)
    return Reason(
        GEOMETRY_UNREADABLE,
        Title(
            f"几何无法读取（{why}），请先将弧线和曲面转为折线和面",
            f"its geometry cannot be read ({why}); convert arcs and curved surfaces to lines and areas first",
        ),
    )


def _invalid(reason: str, frame: Frame) -> Reason:
    match = _SPOT.match(reason)
    name = match[1] if match else reason
    at = _spot(match[2], match[3], frame) if match else None
    return Reason(GEOMETRY_INVALID, Title(_INVALID.get(name, f"几何无效（{name}）"), reason), at)


def _spot(x: str, y: str, frame: Frame) -> tuple[float, float] | None:
    wkb = _on_map(shapely.Point(float(x), float(y)), frame)
    if wkb is None:
        return None
    point = shapely.from_wkb(wkb)
    return float(point.x), float(point.y)


def _on_map(shape: Any, frame: Frame) -> bytes | None:
    try:
        (placed,) = to_map(np.array([shape], dtype=object), frame)
    except InputError:
        return None
    finite = np.isfinite(shapely.get_coordinates(placed)).all()
    return bytes(shapely.to_wkb(placed, byte_order=1, output_dimension=2)) if finite else None
