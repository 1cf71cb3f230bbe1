"""Areas that people are bound to: what lies inside one, and where the shape of one comes from."""

import json
from typing import Any

import shapely
from sqlalchemy import Connection, func, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import SelectBase

from layers.access.principals import Area
from layers.errors import Forbidden, ParameterError
from layers.registry import Registry
from layers.temporal import now

BOUNDARIES = "boundaries"
# The shape of an area is part of every query of its people.
MOST_POINTS = 10_000
_LONGEST_ID = 100


def touches(area: Area | None, geometry: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a geometry touches an area; without an area it is true, without a geometry false."""
    if area is None:
        return true()
    return meets(geometry, area.wkb)


def meets(geometry: ColumnElement[Any], wkb: bytes | ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a geometry touches a shape (WKB, EPSG:4490); without a geometry it is false."""
    return func.coalesce(func.ST_Intersects(geometry, func.ST_GeomFromWKB(wkb, 4490)), False)


def require_inside(connection: Connection, area: Area | None, thing: str, places: SelectBase) -> None:
    """Raise Forbidden unless a thing lies inside the area that a person is bound to; without an area all is allowed.

    ``places`` selects the geometries of the thing as its one column, one of which has to touch the area. A thing
    without any has no place.
    """
    if area is None:
        return
    place = places.subquery("place")
    (geometry,) = place.c
    counted = select(func.count(geometry), func.bool_or(touches(area, geometry)))
    placed, inside = connection.execute(counted.where(geometry.is_not(None))).one()
    if not placed:
        require_unbound(area, f"{thing} has no place on the map")
    if not inside:
        raise Forbidden(f"{thing} lies outside area {area.id}, to which you are bound")


def require_unbound(area: Area | None, reason: str) -> None:
    """Raise Forbidden for a person who is bound to an area; ``reason`` says why that is not enough."""
    if area is not None:
        raise Forbidden(f"{reason}, so this takes a person who is bound to no area; you are bound to area {area.id}")


def area_of_division(connection: Connection, registry: Registry, code: str) -> Area:
    """Return the area of a division or street by its code in the layer boundaries, as it is today."""
    rows = registry.get(BOUNDARIES).select(now())
    columns = rows.selected_columns
    shapes = rows.with_only_columns(func.ST_AsBinary(columns.geom)).where(columns.division_code == code)
    polygons = [shapely.from_wkb(bytes(wkb)) for wkb in connection.execute(shapes).scalars()]
    if not polygons:
        raise ParameterError(
            "area",
            f"the layer {BOUNDARIES} has no division with the code {code!r}; "
            "give the code of a district (6 digits) or street (9), or GeoJSON",
        )
    return _area(code, shapely.union_all(polygons))


def area_of_geojson(area_id: str, document: Any) -> Area:
    """Return the area of a GeoJSON document in EPSG:4490, longitude first: all its polygons together."""
    try:
        shape = shapely.from_geojson(json.dumps(document))
    except (TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise ParameterError("area", f"this is not GeoJSON ({str(error).splitlines()[0]})") from error
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise ParameterError("area", "its coordinates are not degrees, longitude first (EPSG:4490)")
    return _area(area_id, shape)


def divisions(connection: Connection, registry: Registry) -> list[dict[str, str]]:
    """Return the divisions that a person may be bound to: code and names, in order of their codes."""
    rows = registry.get(BOUNDARIES).select(now())
    columns = rows.selected_columns
    names = rows.with_only_columns(columns.division_code, columns.name, columns.name_en)
    ordered = names.where(columns.division_code.is_not(None)).order_by(columns.division_code, columns.fid)
    return [
        {"code": row.division_code, "name": row.name or "", "name_en": row.name_en or ""}
        for row in connection.execute(ordered)
    ]


def _area(area_id: str, shape: Any) -> Area:
    if not 0 < len(area_id) <= _LONGEST_ID or not area_id.isprintable():
        raise ParameterError("area", f"its name must have 1 to {_LONGEST_ID} printable characters")
    if shapely.get_num_coordinates(shape) > MOST_POINTS:
        raise ParameterError("area", f"it has more than {MOST_POINTS} points; simplify it")
    parts = [part for part in shapely.get_parts(_flat(shape)) if part.geom_type == "Polygon"]
    if not parts:
        raise ParameterError("area", "there is no polygon in it")
    return Area(area_id, shapely.to_wkb(shapely.multipolygons(parts), include_srid=False))


def _flat(shape: Any) -> Any:
    """Return a shape as one valid geometry without heights."""
    return shapely.union_all(shapely.get_parts(shapely.make_valid(shapely.force_2d(shape))))
